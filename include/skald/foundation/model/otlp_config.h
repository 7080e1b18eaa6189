// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/model/matcher.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace skald {

/// What becomes of an attribute of an OpenTelemetry log record.
enum class OtlpAction { kIndexLabel, kStructuredMetadata, kDrop };

/// "index_label", "structured_metadata", "drop".
std::string_view to_string(OtlpAction action) noexcept;

/// One entry of a list of rules: the attributes that it names, or those whose whole name the
/// expression matches. Threading: immutable.
struct OtlpRule {
    OtlpAction action = OtlpAction::kStructuredMetadata;
    std::vector<std::string> attributes;
    std::optional<Matcher> regex;

    bool matches(std::string_view attribute) const;
};

/// `otlp_config` of a tenant (http-api 6.2): where attributes go. Names are those that the client
/// sends, with dots; the first rule that matches decides; without one it is structured metadata.
struct OtlpConfig {
    /// `distributor.otlp_config.default_resource_attributes_as_index_labels`
    std::vector<std::string> default_index_attributes = {"service.name",
                                                         "service.namespace",
                                                         "service.instance.id",
                                                         "deployment.environment",
                                                         "deployment.environment.name",
                                                         "cloud.region",
                                                         "cloud.availability_zone",
                                                         "k8s.cluster.name",
                                                         "k8s.namespace.name",
                                                         "k8s.pod.name",
                                                         "k8s.container.name",
                                                         "container.name",
                                                         "k8s.replicaset.name",
                                                         "k8s.deployment.name",
                                                         "k8s.statefulset.name",
                                                         "k8s.daemonset.name",
                                                         "k8s.cronjob.name",
                                                         "k8s.job.name"};
    bool ignore_defaults = false;          ///< The list above does not count.
    std::vector<OtlpRule> resource_rules;  ///< After the defaults.
    std::vector<OtlpRule> scope_rules;     ///< Never kIndexLabel.
    std::vector<OtlpRule> log_rules;
    bool severity_text_as_label = false;

    OtlpAction resource_action(std::string_view attribute) const;
    OtlpAction scope_action(std::string_view attribute) const;
    OtlpAction log_action(std::string_view attribute) const;
};

}  // namespace skald
