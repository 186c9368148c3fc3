#!/usr/bin/env python3
"""Courses of MotorNet's arms under given commands and forces, and the way back, in double precision.

Prints the numbers that tests/families/ctd/task/test_arm.cpp expects: for each muscle and way of integration the state at the
end, a sum over all states with sines as weights, and the sum's gradient. Needs torch and motornet 0.2.0
(pip install motornet==0.2.0).
"""
import math

import torch
from motornet import effector, muscle

STEPS = 20
CASES = [("MujocoHillMuscle", "euler", 1), ("MujocoHillMuscle", "rk4", 1), ("MujocoHillMuscle", "euler", 3), ("ReluMuscle", "euler", 1),
         ("RigidTendonHillMuscle", "euler", 1), ("RigidTendonHillMuscle", "rk4", 2), ("RigidTendonHillMuscleThelen", "euler", 1),
         ("RigidTendonHillMuscleThelen", "rk4", 1), ("CompliantTendonHillMuscle", "rk4", 50)]
ACTIVATION = {"min_activation": 0.02, "tau_activation": 0.02, "tau_deactivation": 0.06}
JOINTS = {"damping": 0.3, "pos_lower_bound": [0.2, 0.1], "pos_upper_bound": [2.2, 2.4], "vel_lower_bound": [-4.0, -5.0],
          "vel_upper_bound": [4.0, 3.0]}
SHAPE = {"normalized_slack_muscle_length": 1.5, "lmin": 0.4, "lmax": 1.8, "vmax": 1.2, "fvmax": 1.4}


def arm_of(name, method, ministeps, own):
    settings = {"timestep": 0.01, "integration_method": method, "n_ministeps": ministeps}
    if name == "CompliantTendonHillMuscle":
        return effector.CompliantTendonArm26(**settings)
    mujoco = name == "MujocoHillMuscle"
    if own:
        settings |= JOINTS | ({"muscle_kwargs": SHAPE} if mujoco else {})
    muscles = {} if not own else ACTIVATION | ({"passive_forces": 0.5} if mujoco else {})
    return effector.RigidTendonArm26(muscle=getattr(muscle, name)(**muscles), **settings)


def course(name, method, ministeps, own=False):
    torch.set_default_dtype(torch.float64)
    arm = arm_of(name, method, ministeps, own).double()
    start = torch.tensor([[1.0, 1.4, 0.3, -0.2]])
    commands = torch.tensor([[0.25 + 0.35 * math.sin(0.7 * m + 0.31 * t) for m in range(6)] for t in range(STEPS)], requires_grad=True)
    arm.reset(options={"batch_size": 1, "joint_state": start})
    total = 0
    for t in range(STEPS):
        force = torch.tensor([[3 * math.cos(0.2 * t), 3 * math.sin(0.3 * t)]])
        arm.step(commands[t:t + 1], endpoint_load=force)
        muscles = arm.states["muscle"]
        seen = torch.cat([arm.states["fingertip"][0], (muscles[:, 1] / arm.muscle.l0_ce[0])[0], (muscles[:, 2] / arm.muscle.vmax[0])[0]])
        total = total + (torch.tensor([math.sin(0.4 * t + row) for row in range(14)]) * seen).sum()
    d_commands, = torch.autograd.grad(total, (commands,))
    joints, force = arm.states["joint"][0], arm.states["muscle"][0, -1]
    show = lambda values: ", ".join(f"{value.item():.8g}" for value in values)
    print(f"{{{name}, {method}, {ministeps}}}{' with constants of its own' if own else ''}: joints {{{show(joints)}}}, forces {{{show(force)}}}")
    print(f"    sum {total.item():.9g}, of commands {d_commands.norm().item():.8g}, {{{show(d_commands[3])}}}")


if __name__ == "__main__":
    for case in CASES:
        course(*case)
    for case in CASES[0], CASES[5]:
        course(*case, own=True)
