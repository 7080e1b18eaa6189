// SPDX-License-Identifier: Apache-2.0
#include "alert_file.h"

#include <skald/foundation/base/bytes.h>
#include <skald/foundation/base/hash.h>

#include <bit>
#include <utility>

namespace skald::read {

namespace {

constexpr std::string_view kMagic = "skald alerts 1\n";
constexpr std::size_t kChecksum = 8;

void put_alert(ByteWriter& out, const Alert& alert) {
    out.varint(alert.labels.size());
    for (std::size_t i = 0; i < alert.labels.size(); ++i) {
        out.text(alert.labels[i].name);
        out.text(alert.labels[i].value);
    }
    out.varint(alert.annotations.size());
    for (const auto& [name, text] : alert.annotations) {
        out.text(name);
        out.text(text);
    }
    out.u8(static_cast<std::uint8_t>(alert.state));
    out.u64(std::bit_cast<std::uint64_t>(alert.value));
    for (const TimeNs time : {alert.active_at, alert.fired_at, alert.resolved_at,
                              alert.last_sent_at, alert.valid_until, alert.keep_firing_since})
        out.i64(time);
}

Alert take_alert(ByteReader& in) {
    Alert alert;
    std::vector<Labels::Pair> pairs;
    for (std::uint64_t count = in.varint(); count > 0 && in.ok(); --count) {
        std::string name(in.text());
        pairs.emplace_back(std::move(name), std::string(in.text()));
    }
    alert.labels = Labels::from_pairs(std::move(pairs));
    for (std::uint64_t count = in.varint(); count > 0 && in.ok(); --count) {
        std::string name(in.text());
        alert.annotations[std::move(name)] = std::string(in.text());
    }
    const std::uint8_t state = in.u8();
    if (state > static_cast<std::uint8_t>(AlertState::kFiring)) in.fail();
    alert.state = static_cast<AlertState>(state);
    alert.value = std::bit_cast<double>(in.u64());
    for (TimeNs* time : {&alert.active_at, &alert.fired_at, &alert.resolved_at, &alert.last_sent_at,
                         &alert.valid_until, &alert.keep_firing_since})
        *time = static_cast<TimeNs>(in.u64());
    return alert;
}

KeptAlerts take_rule(ByteReader& in) {
    KeptAlerts rule;
    rule.tenant = in.text();
    rule.name = in.text();
    rule.group = in.text();
    rule.rule = in.text();
    for (std::uint64_t count = in.varint(); count > 0 && in.ok(); --count)
        rule.alerts.push_back(take_alert(in));
    return rule;
}

}  // namespace

std::string encode_alerts(const AlertFile& file) {
    std::string bytes(kMagic);
    ByteWriter out(bytes);
    out.i64(file.written_at);
    out.varint(file.rules.size());
    for (const KeptAlerts& rule : file.rules) {
        for (const std::string* text : {&rule.tenant, &rule.name, &rule.group, &rule.rule})
            out.text(*text);
        out.varint(rule.alerts.size());
        for (const Alert& alert : rule.alerts) put_alert(out, alert);
    }
    out.u64(hash64(bytes));
    return bytes;
}

Result<AlertFile> decode_alerts(std::string_view bytes) {
    const Error damaged{ErrorCode::kCorruption, "the file of alerts is damaged"};
    if (bytes.size() < kMagic.size() + kChecksum || !bytes.starts_with(kMagic)) return damaged;
    ByteReader tail(bytes.substr(bytes.size() - kChecksum));
    bytes.remove_suffix(kChecksum);
    if (tail.u64() != hash64(bytes)) return damaged;
    ByteReader in(bytes.substr(kMagic.size()));
    AlertFile file;
    file.written_at = static_cast<TimeNs>(in.u64());
    for (std::uint64_t count = in.varint(); count > 0 && in.ok(); --count)
        file.rules.push_back(take_rule(in));
    if (!in.ok() || !in.done()) return damaged;
    return file;
}

}  // namespace skald::read
