// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>

#include <string>
#include <string_view>
#include <vector>

namespace skald::storage {

/// An element of an S3 answer: no attributes, no namespaces, text without what is around children.
struct XmlElement {
    std::string name;  ///< Without a namespace's prefix.
    std::string text;
    std::vector<XmlElement> children;

    /// The first child of the name, or nullptr.
    const XmlElement* find(std::string_view child) const;
    /// The text of the first child of the name; empty if there is none.
    std::string_view text_of(std::string_view child) const;
};

/// The root element of a document. Bounded: at most 16 deep and 200,000 elements; doctypes are
/// refused. Errors: kCorruption, saying where. Threading: pure.
Result<XmlElement> parse_xml(std::string_view document);

/// `text` as the content of an element.
std::string escape_xml(std::string_view text);

}  // namespace skald::storage
