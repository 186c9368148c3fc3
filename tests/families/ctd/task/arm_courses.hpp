// Courses of MotorNet's arms, in double precision: scripts/reference/oracles/ctd/arm.py.
#pragma once
#include <cmath>
#include <vector>

#include "families/ctd/shared/arm/arm.hpp"

namespace tsd::ctd_task {

using namespace ctd;

constexpr int kCourseSteps = 20;
inline const std::vector<double> kCourseStart = {1.0, 1.4, 0.3, -0.2};
inline double course_command(int t, int m) { return 0.25 + 0.35 * std::sin(0.7 * m + 0.31 * t); }
inline std::vector<double> course_force(int t) { return {3 * std::cos(0.2 * t), 3 * std::sin(0.3 * t)}; }
// Of the hand, six lengths and six velocities after step t in the sum.
inline double course_weight(int t, int row) { return std::sin(0.4 * t + row); }

struct ArmCourse {
  ArmModel model;
  std::vector<double> joints, forces;  // at the end
  double sum;
  double gradient_norm;               // of the sum by all commands
  std::vector<double> gradient_at_3;  // by those of step 3
};

inline std::vector<ArmCourse> arm_courses() {
  using enum MuscleType;
  using enum Integration;
  ArmModel own;  // constants of its own
  own.min_activation = 0.02, own.tau_activation = 0.02, own.tau_deactivation = 0.06;
  own.damping = 0.3;
  own.pos_lower_bound = {0.2, 0.1}, own.pos_upper_bound = {2.2, 2.4};
  own.vel_lower_bound = {-4, -5}, own.vel_upper_bound = {4, 3};
  ArmModel own_hill = own;
  own_hill.muscle = RigidTendonHillMuscle, own_hill.integration_method = rk4, own_hill.n_ministeps = 2;
  own.passive_forces = 0.5, own.normalized_slack_muscle_length = 1.5;
  own.lmin = 0.4, own.lmax = 1.8, own.vmax = 1.2, own.fvmax = 1.4;
  return {
      {own,
       {0.4812259, 1.890662, -3.1593155, 2.4939559},
       {133.38515, 308.20013, 517.74867, 890.7294, 199.54734, 192.59276},
       -0.0546786879,
       0.53422342,
       {0.085880594, -0.11180982, -0.060675336, 0.054374075, -0.00083655499, 0}},
      {own_hill,
       {0.39768072, 1.9262476, -4, 3},
       {145.21578, 302.59697, 516.79033, 819.35421, 200.66455, 223.52515},
       0.0254690107,
       0.25857067,
       {0.018680333, -0.02751923, -0.031819999, 0.013994927, -0.00063804646, 0}},
      {{MujocoHillMuscle, euler, 1},
       {0.29021577, 2.6919753, -5.1066872, 1.5867327},
       {135.91174, 344.9985, 5.4239263, 942.41548, 34.952486, 173.845},
       0.120292145,
       0.69851758,
       {0.043034348, -0.046597385, 0.066795679, -0.075627345, 0.031150901, 0}},
      {{MujocoHillMuscle, rk4, 1},
       {0.48342123, 2.4263225, -3.9244253, 1.8742335},
       {107.30215, 251.35567, 111.49092, 871.0113, 65.609095, 199.74325},
       0.079391631,
       0.54706001,
       {0.015827326, -0.022504203, 0.069409338, -0.037236354, 0.012048657, 0}},
      {{MujocoHillMuscle, euler, 3},
       {0.45730197, 2.4351776, -3.9194443, 1.6698961},
       {108.26055, 327.10004, 114.49676, 928.57147, 71.905568, 187.2014},
       0.0717941029,
       0.65826063,
       {0.016679034, -0.04899171, 0.018197053, -0.017125466, 0.0085736604, 0}},
      {{ReluMuscle, euler, 1},
       {0, 2.7052603, 0, 0},
       {97.131137, 398.10791, 708.03478, 892.52808, 226.59949, 263.14685},
       0.219098904,
       2.7578264,
       {0.066167909, -0.097110125, 0.11400813, -0.080028054, 0.059592094, 0}},
      {{RigidTendonHillMuscle, euler, 1},
       {0.11812756, 2.696998, -7.1520654, 0.29628843},
       {113.6425, 372.30041, 320.29312, 880.7372, 166.03611, 221.4992},
       -0.469990476,
       1.953724,
       {0.042037889, -0.056811487, 0.064100541, -0.047468106, 0.031119507, 0}},
      {{RigidTendonHillMuscle, rk4, 2},
       {0.28027956, 2.7052603, -6.2654701, 0},
       {126.79403, 307.51699, 278.97727, 828.20718, 148.51837, 235.66362},
       0.0629634495,
       1.6078318,
       {-0.0002213172, -0.0091619487, 0.43418352, -0.15542549, 0.061154112, 0}},
      {{RigidTendonHillMuscleThelen, euler, 1},
       {0.79815521, 1.6927267, -1.2393025, 2.1592653},
       {119.37278, 340.55546, 541.46299, 1018.7503, 193.47676, 232.02671},
       0.197725813,
       1.1763273,
       {0.018093388, -0.038398165, -0.05014363, 0.065820425, -0.012159706, 0}},
      {{RigidTendonHillMuscleThelen, rk4, 1},
       {0.8552967, 1.6232841, -0.90250864, 0.9061038},
       {137.77752, 257.93645, 489.87747, 886.50922, 198.16736, 230.69977},
       0.0216234193,
       0.40076074,
       {0.0044943829, -0.015260889, -0.048627341, 0.047838065, -0.0060653925, 0}},
      {{CompliantTendonHillMuscle, rk4, 50},
       {0.67105713, 1.9985612, -1.9225156, 2.1101029},
       {145.09159, 292.78585, 420.23537, 877.49229, 171.87081, 238.82539},
       16.672603,
       10.205165,
       {-0.37904796, -0.016439345, 0.980093, 0.84957953, -0.80204263, 0}},
  };
}

}  // namespace tsd::ctd_task
