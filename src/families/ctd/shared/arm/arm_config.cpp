#include "families/ctd/shared/arm/arm_config.hpp"

#include "tsd/engine/schema/known.hpp"

namespace tsd::ctd {
namespace {

void describe_arm(Schema& s, ArmModel& a) {
  s.choice("muscle", a.muscle,
           {{"MujocoHillMuscle", MuscleType::MujocoHillMuscle},
            {"ReluMuscle", MuscleType::ReluMuscle},
            {"RigidTendonHillMuscle", MuscleType::RigidTendonHillMuscle},
            {"RigidTendonHillMuscleThelen", MuscleType::RigidTendonHillMuscleThelen},
            {"CompliantTendonHillMuscle", MuscleType::CompliantTendonHillMuscle}},
           "MotorNet's muscle; the compliant tendon needs steps of 0.2 ms: rk4 with 50 ministeps");
  s.field("min_activation", a.min_activation, "least activation, and least command; none: the muscle's own")
      .range(0, 1);
  s.field("tau_activation", a.tau_activation, "time constant of rising activation; none: the muscle's own")
      .above(0)
      .unit("s");
  s.field("tau_deactivation", a.tau_deactivation,
          "time constant of falling activation; none: the muscle's own")
      .above(0)
      .unit("s");
  s.field("passive_forces", a.passive_forces, "scale of the passive force (MujocoHillMuscle)").at_least(0);
  s.field("normalized_slack_muscle_length", a.normalized_slack_muscle_length,
          "four times the passive force at the middle of 1 and lmax (MujocoHillMuscle)")
      .at_least(0);
  s.field("lmin", a.lmin, "shortest fibre with active force, over its optimal length (MujocoHillMuscle)")
      .range(0, 0.9);
  s.field("lmax", a.lmax, "longest fibre with active force, over its optimal length (MujocoHillMuscle)")
      .above(1);
  s.field("vmax", a.vmax, "shortening velocity without force (MujocoHillMuscle)").above(0).unit("m/s");
  s.field("fvmax", a.fvmax, "force while lengthening fast, over the strongest (MujocoHillMuscle)").above(1);
  s.choice("integration_method", a.integration_method,
           {{"euler", Integration::euler}, {"rk4", Integration::rk4}}, "how the arm is integrated");
  s.field("n_ministeps", a.n_ministeps, "parts of a step of the arm").range(1, 1000);
  s.field("damping", a.damping, "viscosity of both joints").at_least(0).unit("N m s/rad");
  s.field("pos_lower_bound", a.pos_lower_bound, "least angles of shoulder and elbow")
      .length(2, 2)
      .unit("rad");
  s.field("pos_upper_bound", a.pos_upper_bound, "greatest angles of shoulder and elbow")
      .length(2, 2)
      .unit("rad");
  s.field("vel_lower_bound", a.vel_lower_bound, "least velocities of the joints").length(2, 2).unit("rad/s");
  s.field("vel_upper_bound", a.vel_upper_bound, "greatest velocities of the joints")
      .length(2, 2)
      .unit("rad/s");
}

}  // namespace

void describe(Schema& s, ArmLoop& loop) {
  s.field("proprioception_delay", loop.proprioception_delay,
          "nominal delay of muscle states; one step less in effect, as in the original")
      .range(0, 10)
      .unit("s");
  s.field("vision_delay", loop.vision_delay, "nominal delay of the hand's position; one step less in effect")
      .range(0, 10)
      .unit("s");
  describe_arm(s, loop.arm);
}

std::optional<ArmLoop> read_arm(const Hdf5Reader& results, const std::string& source) {
  const bool reaches = results.exists("/runs") && results.has_attribute("/runs", "task") &&
                       results.text_attribute("/runs", "task") == "RandomTarget";
  if (!reaches || !results.exists("/provenance/config_yaml")) return std::nullopt;
  ArmLoop loop;
  Schema schema;
  describe(schema, loop);
  read_known(results.text("/provenance/config_yaml"), "random_target", source, schema);
  return loop;
}

}  // namespace tsd::ctd
