// SPDX-License-Identifier: Apache-2.0
#include "local_ingester.h"

#include <skald/write/ingester/ingester.h>

namespace skald::write {

Result<std::unique_ptr<Ingester>> Ingester::create(Options options, storage::FileSystem& files,
                                                   storage::Store& store,
                                                   const LimitsSource& limits, Clock& clock,
                                                   WorkerPool& workers, MetricsRegistry& metrics) {
    auto ingester =
        std::make_unique<LocalIngester>(std::move(options), store, limits, clock, workers, metrics);
    SKALD_CHECK(ingester->start(files));
    return std::unique_ptr<Ingester>(std::move(ingester));
}

}  // namespace skald::write
