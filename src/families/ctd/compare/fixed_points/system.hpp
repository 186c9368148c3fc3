// What is searched for fixed points: a cell at its inputs, or a network with its arm in closed loop, at what the task
// shows it (ctd_task.md 2.5.5, 2.5.7, 4.1). Of the latter a state is
//   [h; arm; the hand in steps before; the muscles' lengths and velocities in steps before]
// with the arm's rows in the order of ArmRow, forces over the strongest of each muscle; the steps before are as many
// as the senses are late by, the latest first. Nothing is noisy and nothing pushes.
#pragma once
#include <memory>

#include "families/ctd/compare/task_network.hpp"

namespace tsd::compare {

class System {
 public:
  // Both are referred to.
  System(const nn::CellParameters& cell, const Effector* effector = nullptr)
      : cell_(&cell), effector_(effector) {}

  int units() const;
  int inputs() const;
  const nn::CellParameters& cell() const { return *cell_; }
  bool is_coupled() const { return effector_ != nullptr; }
  int hand() const;  // of the state: where x and y of the fingertip stand, in a coupled one

  template <class T>
  std::unique_ptr<nn::StateMap<T>> dynamics() const;
  // The same fixed points, where slopes don't jump: muscles rise and fall to their commands at once. In truth they rise
  // and fall at different rates, so that activations at rest lie where the two meet.
  template <class T>
  std::unique_ptr<nn::StateMap<T>> smooth_dynamics() const;

 private:
  const nn::CellParameters* cell_;
  const Effector* effector_;
};

// States that are like those after each step of a course, from latents, joints [., 4] and commands [., 6]: the muscles
// are as they would be at rest there, and the senses as if it had been so before.
Series coupled_states(const Effector& effector, const Series& latents, const Series& joints,
                      const Series& commands);

}  // namespace tsd::compare
