// SPDX-License-Identifier: Apache-2.0
//
// The bytes of docs/formats/patterns.md.
#include "pattern_table.h"

#include <skald/foundation/base/bytes.h>
#include <skald/foundation/base/hash.h>

#include <utility>

namespace skald::write {
namespace {

constexpr std::string_view kMagic = "SKPT";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kChecksumBytes = 8;

void encode_template(ByteWriter& out, const LineTemplate& each) {
    for (const std::string& word : each.words) out.text(word);
    out.varint(each.counts.counts().size());
    std::uint32_t before = 0;
    for (const SlotCounts::Count& count : each.counts.counts()) {
        out.varint(count.slot - before);
        out.varint(count.lines);
        before = count.slot;
    }
}

void encode_tree(ByteWriter& out, const TemplateTree& tree) {
    out.varint(tree.groups().size());
    for (const auto& [shape, group] : tree.groups()) {
        out.u64(shape);
        out.u8(group.has_tail ? 1 : 0);
        out.varint(group.gaps.size());
        for (const std::string& gap : group.gaps) out.text(gap);
        out.varint(group.templates.size());
        for (const LineTemplate& each : group.templates) encode_template(out, each);
    }
}

/// A count that cannot be larger than the bytes that follow, or the input fails.
std::size_t read_count(ByteReader& in) {
    const std::uint64_t count = in.varint();
    if (count > in.remaining()) in.fail();
    return in.ok() ? static_cast<std::size_t>(count) : 0;
}

LineTemplate decode_template(ByteReader& in, std::size_t words) {
    LineTemplate each;
    for (std::size_t i = 0; i < words && in.ok(); ++i) each.words.emplace_back(in.text());
    const std::size_t counts = read_count(in);
    std::uint64_t slot = 0;
    for (std::size_t i = 0; i < counts && in.ok(); ++i) {
        slot += in.varint();
        const std::uint64_t lines = in.varint();
        if (slot > 0xFFFFFFFF || lines > 0xFFFFFFFF) in.fail();
        each.counts.add(static_cast<std::uint32_t>(slot), static_cast<std::uint32_t>(lines));
    }
    return each;
}

void decode_tree(ByteReader& in, TemplateTree& tree) {
    const std::size_t groups = read_count(in);
    for (std::size_t i = 0; i < groups && in.ok(); ++i) {
        const std::uint64_t shape = in.u64();
        TemplateGroup group;
        group.has_tail = in.u8() != 0;
        const std::size_t gaps = read_count(in);
        if (gaps < 2 || gaps > LineWords::kWordsMax + 1) in.fail();
        for (std::size_t k = 0; k < gaps && in.ok(); ++k) group.gaps.emplace_back(in.text());
        const std::size_t templates = read_count(in);
        for (std::size_t k = 0; k < templates && in.ok(); ++k) {
            group.templates.push_back(decode_template(in, gaps - 1));
        }
        if (in.ok()) tree.restore(shape, std::move(group));
    }
}

Labels decode_labels(ByteReader& in) {
    std::vector<Labels::Pair> pairs;
    const std::size_t count = read_count(in);
    for (std::size_t i = 0; i < count && in.ok(); ++i) {
        std::string name(in.text());
        pairs.emplace_back(std::move(name), std::string(in.text()));
    }
    return Labels::from_pairs(std::move(pairs));
}

Error damaged(std::string_view what) {
    return {ErrorCode::kCorruption, "saved patterns: " + std::string(what)};
}

}  // namespace

std::string PatternTable::encode() const {
    std::string bytes;
    ByteWriter out(bytes);
    out.raw(kMagic);
    out.u32(kVersion);
    out.varint(tenants_.size());
    for (const auto& [tenant, streams] : tenants_) {
        out.text(tenant.text());
        out.varint(streams.size());
        for (const auto& [id, templates] : streams) {
            const Labels& labels = templates.stream->labels;
            out.varint(labels.size());
            for (std::size_t i = 0; i < labels.size(); ++i) {
                out.text(labels[i].name);
                out.text(labels[i].value);
            }
            out.varint(templates.newest);
            out.varint(templates.levels.size());
            for (const auto& [level, tree] : templates.levels) {
                out.text(level);
                encode_tree(out, tree);
            }
        }
    }
    out.u64(hash64(bytes));
    return bytes;
}

Result<void> PatternTable::decode(std::string_view bytes) {
    tenants_.clear();
    memory_ = 0;
    if (bytes.size() < kMagic.size() + 4 + kChecksumBytes) return damaged("too short");
    const std::string_view body = bytes.substr(0, bytes.size() - kChecksumBytes);
    if (ByteReader(bytes.substr(body.size())).u64() != hash64(body)) return damaged("checksum");
    ByteReader in(body);
    if (in.raw(kMagic.size()) != kMagic || in.u32() != kVersion) return damaged("unknown version");
    const std::size_t tenants = read_count(in);
    for (std::size_t i = 0; i < tenants && in.ok(); ++i) {
        const auto tenant = TenantId::parse(in.text());
        if (!tenant) return damaged("tenant");
        Streams& streams = tenants_[*tenant];
        const std::size_t count = read_count(in);
        for (std::size_t k = 0; k < count && in.ok(); ++k) {
            StreamTemplates templates;
            templates.stream = std::make_shared<const Stream>(decode_labels(in));
            templates.newest = static_cast<std::uint32_t>(in.varint());
            const std::size_t levels = read_count(in);
            for (std::size_t l = 0; l < levels && in.ok(); ++l) {
                std::string level(in.text());
                decode_tree(in, templates.levels[std::move(level)]);
            }
            const StreamId id = templates.stream->id;
            streams.insert_or_assign(id, std::move(templates));
        }
    }
    if (!in.ok() || !in.done()) {
        tenants_.clear();
        return damaged("malformed");
    }
    measure();
    return {};
}

}  // namespace skald::write
