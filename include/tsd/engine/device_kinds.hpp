// Kinds of devices that a config may name beside `auto` and `cpu`, each alone or with a number: "cuda", and what an
// extension of LibTorch has registered in this program. nn::accelerator() adds that one before any config is read.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace tsd {

const std::vector<std::string>& device_kinds();
void add_device_kind(const std::string& name);

// "auto", "cpu", "cuda", "cuda:1": a name that a device of these kinds may have, whether it is there or not.
bool is_device_name(std::string_view name);
std::string device_names();  // for a message

}  // namespace tsd
