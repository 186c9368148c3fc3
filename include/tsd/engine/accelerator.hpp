// What the engine needs to know of the tensor library without seeing it. nn/ fills it in, main() hands it
// over; the defaults describe a program without one.
#pragma once
#include <exception>
#include <functional>
#include <string>
#include <vector>

namespace tsd {

struct Accelerator {
  std::string library = "none";                                   // version of LibTorch, e.g. "2.13.0 (CPU)"
  std::function<std::string()> products = [] { return "none"; };  // what multiplies matrices, and with what

  // "auto", "cpu", "cuda", "cuda:1" -> the device to use; UsageError naming `library` where it is not there.
  std::function<std::string(const std::string& wanted)> resolve_device = [](const std::string&) {
    return "cpu";
  };
  // Whether `wanted` is the CPU for sure, as far as can be told without loading the library.
  std::function<bool(const std::string& wanted)> is_cpu = [](const std::string&) { return true; };
  std::function<std::vector<std::string>()> devices = [] { return std::vector<std::string>{"cpu"}; };
  // Called with main's arguments before anything is computed; may hand over to another program.
  std::function<void(char** arguments)> before_computing = [](char**) {};
  // Called by each thread that drives a run, before the experiment is built.
  std::function<void(int threads)> set_threads = [](int) {};
  std::function<bool(const std::exception&)> is_out_of_memory = [](const std::exception&) { return false; };
};

}  // namespace tsd
