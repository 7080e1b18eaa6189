// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/model/calendar.h>

#include <gtest/gtest.h>

namespace skald {
namespace {

TEST(Calendar, KnowsLeapYearsAndDaysBefore1970) {
    EXPECT_EQ(days_of(1970, 1, 1), 0);
    EXPECT_EQ(days_of(2000, 2, 29), 11016);
    EXPECT_EQ(days_of(1900, 3, 1) - days_of(1900, 2, 28), 1);
    EXPECT_EQ(days_of(1969, 12, 31), -1);
    EXPECT_EQ(days_of(0, 1, 1), -719528);
}

TEST(Calendar, CarriesMonthsAndDaysOver) {
    EXPECT_EQ(days_of(2023, 14, 1), days_of(2024, 2, 1));
    EXPECT_EQ(days_of(2024, 0, 1), days_of(2023, 12, 1));
    EXPECT_EQ(days_of(2024, 3, 0), days_of(2024, 2, 29));
}

TEST(Calendar, ReadsBackEveryDayOfEightCenturies) {
    for (std::int64_t days = days_of(1600, 1, 1); days < days_of(2400, 1, 1); ++days) {
        const CalendarDay day = calendar_day(days);
        ASSERT_EQ(days_of(day.year, day.month, day.day), days);
        ASSERT_TRUE(day.month >= 1 && day.month <= 12 && day.day >= 1 && day.day <= 31);
    }
}

}  // namespace
}  // namespace skald
