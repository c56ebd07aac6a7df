#!/bin/bash
# The runs of one suite on several nodes of one job: an invocation per node, each with a run at a time on every GPU.
#
#   sbatch slurm-nodes.sh
#   SUITE=twitter17 sbatch --nodes=4 slurm-nodes.sh --methods bert-crf,maf
#
#SBATCH --job-name=mnerbench
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=16
#SBATCH --gpus-per-node=4
#SBATCH --mem=64G
#SBATCH --time=08:00:00
#SBATCH --signal=TERM@180
#SBATCH --output=slurm-%j.log
set -euo pipefail

suite="${SUITE:-twitter15}"
out="${OUT:-runs}"

# On nodes without GPUs, WORKERS runs share the cores.
if [ -n "${SLURM_GPUS_ON_NODE:-}" ]; then
  set -- --per-gpu 1 "$@"
else
  set -- --workers "${WORKERS:-1}" "$@"
fi

# A failed run ends one invocation with exit code 1; the others go on.
srun --kill-on-bad-exit=0 benchmark run --suite "$suite" --out "$out" --no-mlflow "$@"
