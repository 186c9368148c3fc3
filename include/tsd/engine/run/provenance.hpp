// Where and with what a run was made.
#pragma once
#include <filesystem>
#include <string>

namespace tsd {

struct BuildInfo {
  std::string version;  // of tsd
  std::string git_sha;  // "unknown" outside a checkout; ends in "-dirty" where tracked files differ from it
  std::string compiler;
  std::string build_type;
  std::string source_dir;
};
const BuildInfo& build_info();

// Where scripts/ and configs/ lie: share/tsd beside the program's folder where tsd is installed, else the
// sources that it was built from.
std::filesystem::path data_folder();

std::string host_name();
std::string utc_now();             // 2026-01-31T12:00:00Z
std::string processor_features();  // vector extensions, e.g. "avx2 fma avx512f"

// What to do about files that another version of tsd left in another form.
inline constexpr const char* kOtherVersion =
    "; another version of tsd began this run: go on with that one, or begin anew with another --out";

}  // namespace tsd
