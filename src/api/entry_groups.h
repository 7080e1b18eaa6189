// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/model/labels.h>
#include <skald/read/querier/query.h>

#include <string>
#include <vector>

namespace skald::api {

/// Rows that are shown under one label set, in the order of the query's direction. The rows belong
/// to the result that the group was made from.
struct EntryGroup {
    std::string label_text;  ///< Canonical text of `labels`.
    Labels labels;
    std::vector<const read::LogRow*> rows;
};

/// Groups rows by the labels that the client sees: those of the stream if it categorises, else
/// stream, metadata and parsed labels together (later ones win). Groups are in the order of their
/// label text.
std::vector<EntryGroup> group_entries(const read::StreamsResult& result, read::Direction direction,
                                      bool categorize);

}  // namespace skald::api
