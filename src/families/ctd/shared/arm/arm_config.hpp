// The arm's keys, and the arm of a finished run.
#pragma once
#include <optional>
#include <string>

#include "families/ctd/shared/arm/arm.hpp"
#include "tsd/engine/schema/schema.hpp"
#include "tsd/io/hdf5.hpp"

namespace tsd::ctd {

void describe(Schema& schema, ArmLoop& loop);
// Of results of ctd_task; none of another task than RandomTarget. DataError with `source` where values are not
// what they should be.
std::optional<ArmLoop> read_arm(const Hdf5Reader& results, const std::string& source);

}  // namespace tsd::ctd
