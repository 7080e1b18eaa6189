// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/cluster/ring/ring.h>
#include <skald/foundation/model/time.h>

#include <string>
#include <string_view>
#include <vector>

namespace skald::api {

/// The members of a ring as a table with a button to forget each.
std::string ring_html(const std::vector<cluster::RingInstance>& instances, TimeNs now,
                      bool show_tokens);
/// `{"shards":[…],"now":…}`.
std::string ring_json(const std::vector<cluster::RingInstance>& instances, TimeNs now);
/// `text` with &, <, > and quotes as entities.
std::string html_escape(std::string_view text);

}  // namespace skald::api
