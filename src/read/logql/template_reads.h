// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "template_tree.h"

#include <skald/read/logql/stage.h>

namespace skald::read {

/// Labels that a template may read; all of them if it uses the whole map (`{{.}}`, `range .`).
WantedLabels labels_read_by(const TemplateTree& tree);

}  // namespace skald::read
