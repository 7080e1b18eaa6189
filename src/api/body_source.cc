// SPDX-License-Identifier: Apache-2.0
#include "body_source.h"

#include "compression.h"

#include <utility>

namespace skald::api {

namespace {

class ResumedSource final : public BodySource {
public:
    ResumedSource(std::string first, std::shared_ptr<BodySource> source)
        : first_(std::move(first)), source_(std::move(source)) {}

    bool next(std::string& out) override {
        if (first_.empty()) return source_->next(out);
        out += std::exchange(first_, {});
        return true;
    }

private:
    std::string first_;
    const std::shared_ptr<BodySource> source_;
};

class GzipSource final : public BodySource {
public:
    explicit GzipSource(std::shared_ptr<BodySource> source) : source_(std::move(source)) {}

    bool next(std::string& out) override {
        piece_.clear();
        const bool more = source_->next(piece_);
        packer_.add(piece_,
                    !more       ? GzipPacker::End::kMember
                    : is_first_ ? GzipPacker::End::kPiece
                                : GzipPacker::End::kNone,
                    out);
        is_first_ = false;
        return more;
    }

private:
    const std::shared_ptr<BodySource> source_;
    GzipPacker packer_;
    std::string piece_;
    bool is_first_ = true;
};

}  // namespace

std::string collect(BodySource& source) {
    std::string all;
    while (source.next(all)) {
    }
    return all;
}

std::shared_ptr<BodySource> with_first(std::string first, std::shared_ptr<BodySource> source) {
    return std::make_shared<ResumedSource>(std::move(first), std::move(source));
}

std::shared_ptr<BodySource> gzip_source(std::shared_ptr<BodySource> source) {
    return std::make_shared<GzipSource>(std::move(source));
}

}  // namespace skald::api
