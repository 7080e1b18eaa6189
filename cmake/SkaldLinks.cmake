# Third-party libraries of each module; the headers that they may include are fenced in src/LAYERS.
skald_module_uses(base PkgConfig::XXHASH)
skald_module_uses(model PkgConfig::RE2)
skald_module_uses(runtime Boost::headers Threads::Threads)
skald_module_uses(telemetry prometheus-cpp::core spdlog::spdlog)
skald_module_uses(config yaml-cpp)
skald_module_uses(block zstd::libzstd_shared PkgConfig::LZ4 Snappy::snappy ZLIB::ZLIB)
skald_module_uses(segment zstd::libzstd_shared)
skald_module_uses(wal PkgConfig::LZ4)
skald_module_uses(http CURL::libcurl)
skald_module_uses(s3 OpenSSL::Crypto simdjson::simdjson)
skald_module_uses(catalog PkgConfig::ROCKSDB)
skald_module_uses(ingester Snappy::snappy)
skald_module_uses(logql PkgConfig::RE2 PkgConfig::HS)
skald_module_uses(ruler yaml-cpp Snappy::snappy Boost::headers OpenSSL::SSL)
skald_module_uses(api Boost::headers simdjson::simdjson Snappy::snappy ZLIB::ZLIB
  zstd::libzstd_shared PkgConfig::LZ4 OpenSSL::SSL)
# Its headers use abseil's locks, which grpc++.pc does not link.
skald_module_uses(grpc PkgConfig::GRPC absl_synchronization OpenSSL::SSL)
skald_module_uses(tools simdjson::simdjson)
skald_module_uses(app OpenSSL::Crypto)

# What `-version` and buildinfo tell.
find_package(Git QUIET)
set(SKALD_REVISION "")
if(GIT_FOUND)
  execute_process(COMMAND "${GIT_EXECUTABLE}" rev-parse --short=12 HEAD
    WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}" OUTPUT_VARIABLE SKALD_REVISION
    OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
set_source_files_properties("${CMAKE_SOURCE_DIR}/src/app/version.cc" PROPERTIES COMPILE_DEFINITIONS
  "SKALD_VERSION=\"${PROJECT_VERSION}\";SKALD_REVISION=\"${SKALD_REVISION}\"")
