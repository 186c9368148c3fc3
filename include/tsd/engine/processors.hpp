// The processors that are there for this process, and how many of them a step has work for.
#pragma once
#include <filesystem>

namespace tsd {

// Those it may run on, and no more than its control groups give it the time of.
int processor_count();

// What the control groups of the process give it, in processors: the least quota of its own group and those
// above, of version 1 or 2; infinity where there is none. root: of the file system that /proc and the groups
// are looked for in.
double processor_quota(const std::filesystem::path& root = "/");

// Of `threads`, those that a step of this many multiply-adds has work for: about a millisecond of each, since
// threads with less mostly wait for each other. Counted from sizes, never measured, so that equal runs have
// equal threads and equal bits.
int threads_for(double multiply_adds, int threads);

}  // namespace tsd
