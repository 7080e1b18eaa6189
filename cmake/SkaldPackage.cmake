# What `./dev package` puts into the Debian package.
include(GNUInstallDirs)
install(TARGETS skald RUNTIME DESTINATION /usr/bin)
install(FILES "${CMAKE_SOURCE_DIR}/packaging/config.yaml" DESTINATION /etc/skald)
install(FILES "${CMAKE_SOURCE_DIR}/packaging/skald.service" DESTINATION /lib/systemd/system)
install(DIRECTORY "${CMAKE_SOURCE_DIR}/docs/" DESTINATION /usr/share/doc/skald)
install(FILES "${CMAKE_SOURCE_DIR}/README.md" DESTINATION /usr/share/doc/skald)
install(FILES "${CMAKE_SOURCE_DIR}/LICENSE" DESTINATION /usr/share/doc/skald RENAME copyright)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME skald)
set(CPACK_PACKAGE_CONTACT "The Skald authors <skald@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "log aggregation server that speaks Loki")
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_DEPENDS adduser)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  "${CMAKE_SOURCE_DIR}/packaging/debian/postinst"
  "${CMAKE_SOURCE_DIR}/packaging/debian/prerm"
  "${CMAKE_SOURCE_DIR}/packaging/debian/postrm"
  "${CMAKE_SOURCE_DIR}/packaging/debian/conffiles")
set(CPACK_STRIP_FILES ON)
include(CPack)
