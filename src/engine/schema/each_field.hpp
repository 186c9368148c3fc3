#pragma once
#include <string>

#include "tsd/engine/schema/schema.hpp"

namespace tsd::config {

// action(path, field) of every field, those of groups after a schema's own. `Any`: Schema, or const.
template <class Any, class Action>
void each_field(Any& schema, const Action& action, const std::string& prefix = "") {
  for (auto& field : schema.fields()) action(prefix + field.key, field);
  for (auto& group : schema.groups()) each_field<Any>(*group.schema, action, prefix + group.key + ".");
}

}  // namespace tsd::config
