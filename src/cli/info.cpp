// tsd info: what this program was built from and what it finds here.
#include <iostream>

#include "cli/commands.hpp"
#include "tsd/engine/processors.hpp"
#include "tsd/engine/run/provenance.hpp"
#include "tsd/io/hdf5.hpp"

namespace tsd::cli {

void add_info(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand("info", "build, libraries, devices, processor, families");
  command->footer("Example:\n  tsd info");
  command->callback([&context] {
    context.accelerator.before_computing(context.arguments);
    const BuildInfo& build = build_info();
    std::cout << "tsd        " << build.version << " (" << build.git_sha << ", " << build.compiler << ", "
              << build.build_type << ")\n"
              << "LibTorch   " << context.accelerator.library << "\n"
              << "products   " << context.accelerator.products() << "\n"
              << "HDF5       " << hdf5_version() << "\n"
              << "devices   ";
    for (const auto& device : context.accelerator.devices()) std::cout << " " << device;
    std::cout << "\nprocessors " << processor_count() << " (" << processor_features() << ")\n";
    for (const Family& family : context.families)
      std::cout << "family     " << family.name << ": " << family.title << " (tsd " << family.command
                << ")\n           " << family.paper << "\n";
  });
}

}  // namespace tsd::cli
