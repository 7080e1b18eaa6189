// SPDX-License-Identifier: Apache-2.0
//
// `| decolorize`: takes the control sequences of terminals out of the line.
#include "parser_stage.h"

#include <re2/re2.h>

#include <cstring>
#include <string>
#include <utility>

namespace skald::read {

namespace {

/// What logql 3.10 takes for a sequence; it starts with ESC or U+009B.
constexpr char kSequence[] =
    R"([\x{1B}\x{9B}][[\]()#;?]*(?:(?:(?:[a-zA-Z\d]*(?:;[a-zA-Z\d]*)*)?\x{07})|)"
    R"((?:(?:\d{1,4}(?:;\d{0,4})*)?[\dA-PRZcf-ntqry=><~])))";

class DecolorizeRowStage final : public RowStage {
public:
    void run(StageRow& row) const override {
        const std::string_view line = row.line();
        if (std::memchr(line.data(), '\x1B', line.size()) == nullptr &&
            line.find("\xC2\x9B") == std::string_view::npos) {
            return;
        }
        std::string plain(line);
        if (re2::RE2::GlobalReplace(&plain, sequence_, "") > 0) {
            row.set_line(row.keep(std::move(plain)));
        }
    }

    const WantedLabels& reads() const override { return reads_; }
    bool changes_line() const override { return true; }

private:
    const re2::RE2 sequence_{kSequence};
    const WantedLabels reads_{false, {}};
};

}  // namespace

Result<RowStagePtr> compile_stage(const DecolorizeStage&, const WantedLabels&) {
    return RowStagePtr(std::make_shared<DecolorizeRowStage>());
}

}  // namespace skald::read
