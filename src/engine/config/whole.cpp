#include "engine/config/whole.hpp"

#include <algorithm>
#include <stdexcept>

#include "tsd/engine/device_kinds.hpp"

namespace tsd {

void describe(Schema& s, RunOptions& o) {
  s.field("device", o.device,
          "auto, cpu or cuda[:k]; auto: the first CUDA device, else the CPU, which some models have alone")
      .read_by_analyses();
  s.field("threads", o.threads, "threads of all jobs together; 0: all processors")
      .range(0, 4096)
      .unit("threads")
      .read_by_analyses();
  s.field("checkpoint_every", o.checkpoint_every, "longest time between checkpoints").above(0).unit("s");
  s.field("tensorboard", o.tensorboard, "also write metrics as a TensorBoard event file");
  s.field(
       "until", o.until,
       "leave the run after this step, with a checkpoint and exit code 0, to go on later; null: at its end")
      .at_least(1)
      .unit("steps");
}

}  // namespace tsd

namespace tsd::config {

Whole::Whole(const Family& of) : family(of.name), configuration(of.make()) {
  schema.field("family", family, "which family of models: names the subcommand").one_of({of.name}).required();
  schema.field("description", description, "one line for people");
  schema.field("seed", seed,
               "of every random stream of the run; given in a later layer of the config, also in place of a "
               "stream's own");
  configuration->describe(schema);
  schema.group("run", run, "how the run goes; no number depends on it but device and threads' last bits");

  const auto is_engines = [](const auto& thing) { return thing.key == "extends" || thing.key == "sweep"; };
  if (std::any_of(schema.fields().begin(), schema.fields().end(), is_engines) ||
      std::any_of(schema.groups().begin(), schema.groups().end(), is_engines))
    throw std::logic_error("family " + of.name + ": extends and sweep are keys of the engine");
}

void Whole::check(Problems& problems) const {
  const std::string why_cpu = configuration->cpu_alone();
  if (!is_device_name(run.device))
    problems.add("run.device", "unknown device", device_names(), run.device);
  else if (!why_cpu.empty() && run.device != "auto" && run.device != "cpu")
    problems.add("run.device", why_cpu + " computes on the CPU alone", "auto or cpu", run.device);
  configuration->check(problems);
}

}  // namespace tsd::config
