#include "tsd/engine/schema/known.hpp"

#include <memory>

#include "engine/schema/value.hpp"
#include "engine/yaml/document.hpp"
#include "tsd/error.hpp"

namespace tsd {

using namespace config;

void read_known(const std::string& yaml, const std::string& key, const std::string& source, Schema& schema) {
  Report report;
  const auto origin = std::make_shared<const Source>(Source{source + ": its configuration", {}});
  const auto whole = parse_document(yaml, origin, report);
  if (const Entry* mapping = whole ? whole->find(key) : nullptr)
    for (Field& field : schema.fields())
      if (const Entry* entry = mapping->value.find(field.key))
        read_value(field, entry->value, key + "." + field.key, report);
  try {
    report.raise_if_any();
  } catch (const ConfigError& error) {
    throw DataError(error.what());
  }
}

}  // namespace tsd
