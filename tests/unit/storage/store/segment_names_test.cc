// SPDX-License-Identifier: Apache-2.0
#include "segment_names.h"

#include <gtest/gtest.h>

namespace skald::storage {
namespace {

TEST(SegmentNames, FindsTheGenerationInAName) {
    for (const GenerationId& generation :
         {GenerationId{"skald", 1}, GenerationId{"a-b-0000000000000001", 0xFEDCBA9876543210ULL},
          GenerationId{"host/1 ~41", 77}, GenerationId{"~", 1}}) {
        const SegmentId segment = SegmentId::of_generation(generation);
        const std::optional<SegmentId> of_key = segment_of_key(segment.object_key());
        ASSERT_TRUE(of_key.has_value()) << segment.text;
        EXPECT_EQ(*of_key, segment);
        const std::optional<GenerationId> found = generation_of(segment);
        ASSERT_TRUE(found.has_value()) << segment.text;
        EXPECT_EQ(*found, generation);
    }
}

TEST(SegmentNames, RefusesOtherNames) {
    for (const char* key :
         {"", "segments/", "segments/.seg", "segments/x", "other/l0-a-0000000000000001.seg"})
        EXPECT_FALSE(segment_of_key(key).has_value()) << key;
    for (const char* name :
         {"", "l0-", "l0-a-1", "l1-a-0000000000000001", "l0-a-000000000000000G",
          "l0-a-000000000000000A", "l0a-0000000000000001", "l0--00000000000000001"})
        EXPECT_FALSE(generation_of({name}).has_value()) << name;
}

TEST(SegmentNames, RemembersTheHighestNumber) {
    GenerationNumbers numbers;
    EXPECT_EQ(numbers.last("a"), 0U);
    numbers.note({"a", 5});
    numbers.note({"a", 3});
    numbers.note({"b", 9});
    EXPECT_EQ(numbers.last("a"), 5U);
    EXPECT_EQ(numbers.last("b"), 9U);
}

}  // namespace
}  // namespace skald::storage
