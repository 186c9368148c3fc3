// Circuits of one structure that are simulated together: the one interface of the two implementations of the
// Euler step (microcircuit.md 3.5, 3.6), the native one and the plain one in LibTorch, and of the phased
// one's.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "families/microcircuit/model/circuit.hpp"
#include "tsd/engine/rng/numpy_legacy.hpp"

namespace tsd::microcircuit {

// Which weights learn: WPP; WIP and BPI; BPP. Noise is on where BPP learns from it.
struct Plasticity {
  bool forward = false, lateral = false, backward = false;

  bool operator==(const Plasticity&) const = default;
};

class Group {
 public:
  virtual ~Group() = default;

  virtual void load(int circuit, const State& state) = 0;  // all of one age
  virtual State save(int circuit) const = 0;
  virtual std::vector<double> read(int circuit, const Slot& slot) const = 0;

  // Held until set anew: input rates [n_0], target potentials of the output [n_N].
  virtual void set_input(int circuit, std::span<const double> rates) = 0;
  virtual void set_target(int circuit, std::span<const double> potentials) = 0;

  // Noise is drawn from the circuits' own generators. With `targeted`, the output is nudged to the target.
  virtual void advance(std::int64_t steps, Plasticity plastic, bool targeted) = 0;
};

// A circuit of a group, and what its noise is drawn from.
struct Member {
  const Circuit* circuit;
  NumpyLegacy* generator;
};

// One circuit per SIMD lane, each with its own constants; at most native_lanes() of them, of one structure.
std::unique_ptr<Group> native_group(const Layout& layout, std::vector<Member> members);
int native_lanes();

// One circuit of the phased version.
std::unique_ptr<Group> phased_group(const Layout& layout, Member member);

// The fastest group on CPU for the circuits' version, of at most cpu_lanes() circuits.
std::unique_ptr<Group> cpu_group(const Layout& layout, std::vector<Member> members);
int cpu_lanes(Version version);

// The plain equations, all circuits in one batch and with the same constants, on any device of LibTorch.
std::unique_ptr<Group> torch_group(const Layout& layout, std::vector<Member> members,
                                   const std::string& device);

}  // namespace tsd::microcircuit
