// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/api/tls.h>
#include <skald/foundation/base/result.h>
#include <skald/foundation/config/config.h>
#include <skald/read/ruler/ruler.h>

namespace skald::app {

/// What parts of the server are given of the configuration; `skald doctor` tries the same.

/// `section` names the settings in errors.
api::TlsSettings tls_settings(const char* section, const Config::Server::Tls& tls,
                              const Config::Server& server);
/// Errors: kInvalidArgument, the setting that can't be used.
Result<read::Ruler::Options> ruler_options(const Config& config);

}  // namespace skald::app
