// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "body_source.h"

#include <skald/foundation/model/labels.h>

#include <memory>
#include <string>
#include <vector>

namespace skald::api {

/// `{"status":"success","data":[…]}`; without `data` if there is no text.
std::shared_ptr<BodySource> text_list_source(std::vector<std::string> texts);
/// `{"status":"success","data":[{…},…]}`, the labels of each stream.
std::shared_ptr<BodySource> series_source(std::vector<StreamPtr> streams);

}  // namespace skald::api
