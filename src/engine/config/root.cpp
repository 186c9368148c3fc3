#include "engine/config/root.hpp"

#include <algorithm>
#include <stdexcept>
#include <string_view>

namespace tsd {

void describe(Schema& schema, RunOptions& options) {
  schema.field("device", options.device, "auto, cpu, cuda or cuda:<number>");
  schema.field("threads", options.threads, "of all runs together; 0: all processors").range(0, 4096);
  schema.field("checkpoint_every", options.checkpoint_every, "between checkpoints; also at every best and on signals")
      .above(0)
      .unit("s")
      .may_be_infinite();
  schema.field("tensorboard", options.tensorboard, "write TensorBoard event files too");
}

}  // namespace tsd

namespace tsd::config {

Root::Root(const Family& family) : family_name(family.name), configuration(family.make()) {
  schema.field("family", family_name, "what the config is for").one_of({family.name}).required();
  schema.field("description", description, "one line on what the config is about");
  schema.field("seed", seed, "of every random stream of the run");
  schema.group("run", run, "how to run; no influence on the numbers on one device and thread count");
  configuration->describe(schema);
  const auto is_engines = [](const Field& field) { return field.key == "extends" || field.key == "sweep"; };
  if (std::any_of(schema.fields().begin(), schema.fields().end(), is_engines))
    throw std::logic_error("family " + family.name + ": extends and sweep are the engine's keys");
}

void check(const RunOptions& options, Problems& problems) {
  std::string_view number = options.device;
  const bool numbered = number.starts_with("cuda:");
  if (numbered) number.remove_prefix(5);
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const bool good = numbered ? !number.empty() && number.size() < 4 && std::all_of(number.begin(), number.end(), is_digit)
                             : number == "auto" || number == "cpu" || number == "cuda";
  if (!good) problems.add("run.device", "unknown device", "auto, cpu, cuda or cuda:<number>", options.device);
}

}  // namespace tsd::config
