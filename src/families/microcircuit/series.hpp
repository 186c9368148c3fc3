// What can be recorded, under the original's names: the key is rec_<name> (microcircuit.md 6.1).
#pragma once
#include <array>

namespace tsd::microcircuit {

enum class Series {
  MSE,
  error,
  target,
  input,  // of the output and the input
  WPP,
  WIP,
  BPP,
  BPI,  // weights
  dWPP,
  dWIP,
  dBPP,
  dBPI,  // their increments
  uP,
  uI,
  uP_breve,
  uI_breve,
  rP_breve,
  rI_breve,  // potentials, lookahead potentials, rates
  vbas,
  vapi,
  vapi_noise,
  noise,
  rP_breve_HI,
  lat_mismatch,
  epsilon,
  epsilon_LO,  // misalignment of potentials and feedback
};

// Whether a series is one dataset, or one for each of some populations.
enum class Extent {
  whole,
  layers,  // 1 .. N
  hidden,  // 1 .. N-1
  upper,   // 2 .. N
};

struct SeriesFacts {
  Series series;
  const char* name;
  Extent extent;
  const char *dims, *units, *meaning;
};

inline constexpr std::array kSeries = {
    SeriesFacts{Series::MSE, "MSE", Extent::whole, "training record", "",
                "squared error, summed over the output"},
    SeriesFacts{Series::error, "error", Extent::whole, "training record,output", "",
                "lookahead potential of the output less the target"},
    SeriesFacts{Series::target, "target", Extent::whole, "training record,output", "", "target potential"},
    SeriesFacts{Series::input, "input", Extent::whole, "record,input unit", "", "input rates"},
    SeriesFacts{Series::WPP, "WPP", Extent::layers, "record,post #,pre #", "",
                "weights from the pyramidal cells below, after the step"},
    SeriesFacts{Series::WIP, "WIP", Extent::hidden, "record,post #,pre #", "",
                "weights from pyramidal cells to interneurons, after the step"},
    SeriesFacts{Series::BPP, "BPP", Extent::hidden, "record,post #,pre #", "",
                "weights from the pyramidal cells above, after the step"},
    SeriesFacts{Series::BPI, "BPI", Extent::hidden, "record,post #,pre #", "",
                "weights from interneurons, after the step"},
    SeriesFacts{Series::dWPP, "dWPP", Extent::layers, "record,post #,pre #", "",
                "increment of WPP by its rule, before any low-pass, also where WPP is frozen"},
    SeriesFacts{Series::dWIP, "dWIP", Extent::hidden, "record,post #,pre #", "",
                "increment of WIP by its rule"},
    SeriesFacts{Series::dBPP, "dBPP", Extent::hidden, "record,post #,pre #", "",
                "increment of BPP by its rule"},
    SeriesFacts{Series::dBPI, "dBPI", Extent::hidden, "record,post #,pre #", "",
                "increment of BPI by its rule"},
    SeriesFacts{Series::uP, "uP", Extent::layers, "record,neuron #", "",
                "somatic potential of pyramidal cells, after the step"},
    SeriesFacts{Series::uI, "uI", Extent::hidden, "record,neuron #", "",
                "somatic potential of interneurons, after the step"},
    SeriesFacts{Series::uP_breve, "uP_breve", Extent::layers, "record,neuron #", "",
                "lookahead potential of pyramidal cells"},
    SeriesFacts{Series::uI_breve, "uI_breve", Extent::hidden, "record,neuron #", "",
                "lookahead potential of interneurons"},
    SeriesFacts{Series::rP_breve, "rP_breve", Extent::layers, "record,neuron #", "",
                "rate of pyramidal cells"},
    SeriesFacts{Series::rI_breve, "rI_breve", Extent::hidden, "record,neuron #", "", "rate of interneurons"},
    SeriesFacts{Series::vbas, "vbas", Extent::layers, "record,neuron #", "", "basal potential"},
    SeriesFacts{Series::vapi, "vapi", Extent::hidden, "record,neuron #", "",
                "apical potential without noise"},
    SeriesFacts{Series::vapi_noise, "vapi_noise", Extent::hidden, "record,neuron #", "",
                "apical potential with the noise that acts on it: of the step before, phased: of the step"},
    SeriesFacts{Series::noise, "noise", Extent::hidden, "record,neuron #", "", "noise"},
    SeriesFacts{Series::rP_breve_HI, "rP_breve_HI", Extent::upper, "record,neuron #", "",
                "high-passed rate as the backward rule takes it: before the step's update of the filter, "
                "phased: after"},
    SeriesFacts{Series::lat_mismatch, "lat_mismatch", Extent::hidden, "record,neuron #", "",
                "lookahead potential of interneurons less the prediction of their pyramidal partners"},
    SeriesFacts{Series::epsilon, "epsilon", Extent::hidden, "record", "",
                "misalignment (1 - cos) / 2 of lookahead potentials and feedback, by uP_adaptive; else 1"},
    SeriesFacts{Series::epsilon_LO, "epsilon_LO", Extent::hidden, "record", "",
                "the same, low-passed with taueps"},
};

}  // namespace tsd::microcircuit
