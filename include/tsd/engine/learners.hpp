// What an experiment of several networks with seeds of their own keeps of them. A learner has seed(),
// layout(), parameters() and save(prefix); to_arrays(layout, parameters) is found beside its layout.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "tsd/io/array.hpp"

namespace tsd {

// Under runs/<seed>/.
template <class Learner>
Arrays states_of(const std::vector<Learner>& learners) {
  Arrays all;
  for (const Learner& learner : learners)
    for (Array& array : learner.save("runs/" + std::to_string(learner.seed()) + "/"))
      all.push_back(std::move(array));
  return all;
}

// Under the names of PyTorch's state dict; of several, each after its seed.
template <class Learner>
Arrays weights_of(const std::vector<Learner>& learners) {
  Arrays all;
  for (const Learner& learner : learners)
    for (Array& array : to_arrays(learner.layout(), learner.parameters())) {
      if (learners.size() > 1) array.name = std::to_string(learner.seed()) + "." + array.name;
      all.push_back(std::move(array));
    }
  return all;
}

}  // namespace tsd
