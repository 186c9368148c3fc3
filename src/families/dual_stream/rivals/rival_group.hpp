// Participants of a rival model. They hold no state that is saved: a run that goes on shows them their trials
// again, which takes microseconds each.
#pragma once
#include <memory>

#include "families/dual_stream/model/group.hpp"
#include "families/dual_stream/rivals/rival.hpp"

namespace tsd::dual_stream {

// `parameters` in the order of `facts`.
std::unique_ptr<Group> rival_group(const RivalFacts& facts, std::span<const double> parameters,
                                   const Lesson& lesson, LossKind loss, std::size_t members);

}  // namespace tsd::dual_stream
