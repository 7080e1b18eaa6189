// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

/// Stops the test with the error's message unless the Result has a value.
#define ASSERT_OK(expression)                                              \
    do {                                                                   \
        const auto& assert_ok_result = (expression);                       \
        ASSERT_TRUE(assert_ok_result) << assert_ok_result.error().message; \
    } while (false)
#define EXPECT_OK(expression)                                              \
    do {                                                                   \
        const auto& expect_ok_result = (expression);                       \
        EXPECT_TRUE(expect_ok_result) << expect_ok_result.error().message; \
    } while (false)
