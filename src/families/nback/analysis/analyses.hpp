// What finished N-back runs show on a closer look (nback.md 7).
#pragma once
#include "tsd/engine/experiment.hpp"

namespace tsd::nback {

Analysis behaviour();       // accuracy, d' and criterion by task, n and step; lures; longer sequences
Analysis decoding();        // what can be read from the states at each step
Analysis temporal();        // decoders of one step at other steps
Analysis task_relevance();  // task by property
Analysis cross_task();      // decoders of one task on another
Analysis orthogonalization();
Analysis procrustes();    // rotations between the normals of two steps, and swaps of them
Analysis dynamics();      // generalisation to new objects, and rotations of memory traces
Analysis perturbation();  // answers after a push along decoder normals
Analysis efficiency();    // size, dimension, sparsity, variability of activity
Analysis gate_suppression();
Analysis similarity();  // CKA and RSA of steps and tasks
Analysis layers();      // what can be read from the images after each block of the image network
Analysis extract();     // states on the shared data set
Analysis compare();     // two runs

}  // namespace tsd::nback
