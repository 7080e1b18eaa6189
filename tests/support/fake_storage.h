// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/foundation/model/matcher.h>
#include <skald/storage/store/run_source.h>
#include <skald/storage/store/store.h>

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace skald::support {

/// Runs in a list, asked as a pin or a store is asked.
struct RunList {
    struct Listed {
        storage::Run run;
        storage::GenerationId generation;
    };

    std::vector<storage::Run> select(const storage::Selection& selection,
                                     const std::set<storage::GenerationId>& left_out) const {
        std::vector<storage::Run> found;
        for (const Listed& each : runs) {
            if (left_out.contains(each.generation)) continue;
            if (each.run.max_time < selection.start || each.run.min_time > selection.end) continue;
            if (matches_all(selection.matchers, each.run.stream->labels)) found.push_back(each.run);
        }
        return found;
    }
    Result<std::vector<StreamPtr>> streams(const storage::Selection& selection) const {
        std::vector<StreamPtr> found;
        std::set<StreamId> seen;
        storage::SelectionMemory memory(selection);
        for (const storage::Run& run : select(selection, {})) {
            if (!seen.insert(run.stream->id).second) continue;
            SKALD_CHECK(memory.take(storage::kListedStreamBytes));
            found.push_back(run.stream);
        }
        return found;
    }

    std::vector<Listed> runs;
};

/// Memtables that are lists of runs. Threading: fill it before it is asked.
class FakeMemtables final : public storage::MemtableSource {
public:
    RunList list;

    std::shared_ptr<const storage::MemtablePin> pin(const TenantId&) const override {
        return std::make_shared<Pin>(list);
    }

private:
    struct Pin final : storage::MemtablePin {
        explicit Pin(RunList pinned) : list(std::move(pinned)) {
            for (const RunList::Listed& each : list.runs) names.insert(each.generation);
        }
        const std::set<storage::GenerationId>& generations() const override { return names; }
        Result<std::vector<storage::Run>> select(
            const storage::Selection& selection) const override {
            return list.select(selection, {});
        }
        Result<std::vector<StreamPtr>> streams(const storage::Selection& selection) const override {
            return list.streams(selection);
        }
        RunList list;
        std::set<storage::GenerationId> names;
    };
};

/// A store that is a list of runs and takes no segments. Threading: fill it before it is asked.
class FakeRunStore final : public storage::Store {
public:
    RunList list;

    Result<void> publish(const storage::GenerationId&, const Fill&) override {
        return Error{ErrorCode::kNotSupported, "this store takes no segments"};
    }
    Result<bool> has_generation(const storage::GenerationId&) const override { return false; }
    Result<std::uint64_t> last_generation(const std::string&) const override { return 0; }
    Result<std::vector<storage::Run>> select(
        const storage::Selection& selection,
        const std::set<storage::GenerationId>& pinned) const override {
        std::vector<storage::Run> runs = list.select(selection, pinned);
        // As the real one: for a list that grows.
        SKALD_CHECK(
            storage::SelectionMemory(selection).take(2 * sizeof(storage::Run) * runs.size()));
        return runs;
    }
    Result<std::vector<StreamPtr>> streams(const storage::Selection& selection) const override {
        return list.streams(selection);
    }
    Totals totals() const override { return {}; }
};

}  // namespace skald::support
