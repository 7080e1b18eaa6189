// SPDX-License-Identifier: Apache-2.0
#include "hyperscan_pattern.h"

#include <hs/hs.h>

#include <utility>

namespace skald::read {

namespace {

struct FreeDatabase {
    void operator()(hs_database_t* database) const { hs_free_database(database); }
};
using Database = std::unique_ptr<hs_database_t, FreeDatabase>;

/// Hyperscan's working memory; one serves every pattern of a thread.
class Scratch {
public:
    Scratch() = default;
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    ~Scratch() { hs_free_scratch(scratch_); }

    /// Null if there is no memory.
    hs_scratch_t* for_database(const hs_database_t* database) {
        return hs_alloc_scratch(database, &scratch_) == HS_SUCCESS ? scratch_ : nullptr;
    }

private:
    hs_scratch_t* scratch_ = nullptr;
};

/// Where a scan is.
struct Progress {
    const RowRange& range;
    RowSet& found;
    RowCursor cursor;
    std::size_t base = 0;        ///< Offset in the block's text where the scan began.
    std::size_t line_begin = 0;  ///< Of the line that was hit last.
    std::size_t line_end = 0;
    int hits_in_line = 0;
};

/// More matches in one line than this are not worth their calls: the scan starts again behind it.
constexpr int kHitsMax = 6;

int on_match(unsigned, unsigned long long, unsigned long long to, unsigned, void* context) {
    Progress& progress = *static_cast<Progress*>(context);
    // Matches are never empty and never contain '\n', so the last byte is in the line.
    const std::size_t last = progress.base + static_cast<std::size_t>(to) - 1;
    if (last >= progress.line_begin && last < progress.line_end) {
        return ++progress.hits_in_line > kHitsMax ? 1 : 0;
    }
    const std::uint32_t row = progress.cursor.row_of(last);
    progress.found.add(row);
    progress.line_begin = progress.range.offsets()[row];
    progress.line_end = progress.range.line_end(row);
    progress.hits_in_line = 0;
    return 0;
}

class CompiledPattern final : public HyperscanPattern {
public:
    explicit CompiledPattern(Database database) : database_(std::move(database)) {}

    bool scan(const RowRange& range, RowSet& found) const override {
        static thread_local Scratch scratches;
        hs_scratch_t* scratch = scratches.for_database(database_.get());
        if (scratch == nullptr) return false;
        Progress progress{range, found, RowCursor(range)};
        progress.base = range.text_begin();
        while (progress.base < range.text_end()) {
            const std::string_view rest =
                range.lines.text.substr(progress.base, range.text_end() - progress.base);
            const hs_error_t outcome =
                hs_scan(database_.get(), rest.data(), static_cast<unsigned>(rest.size()), 0,
                        scratch, on_match, &progress);
            if (outcome == HS_SUCCESS) return true;
            if (outcome != HS_SCAN_TERMINATED) return false;
            progress.base = progress.line_end + 1;
        }
        return true;
    }

private:
    Database database_;
};

}  // namespace

std::unique_ptr<const HyperscanPattern> HyperscanPattern::create(const std::string& pattern) {
    hs_database_t* database = nullptr;
    hs_compile_error_t* error = nullptr;
    const hs_error_t outcome =
        hs_compile(pattern.c_str(), HS_FLAG_MULTILINE, HS_MODE_BLOCK, nullptr, &database, &error);
    if (outcome != HS_SUCCESS) {
        hs_free_compile_error(error);
        return nullptr;
    }
    return std::make_unique<CompiledPattern>(Database(database));
}

}  // namespace skald::read
