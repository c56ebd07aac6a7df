#!/bin/bash
# The runs of one suite, shared by the tasks of a job array. All nodes need to see the folders of code, data and results.
#
#   sbatch slurm-array.sh
#   SUITE=twitter17 sbatch --array=0-7 slurm-array.sh --methods bert-crf,maf
#
#SBATCH --job-name=mnerbench
#SBATCH --array=0-3
#SBATCH --cpus-per-task=4
#SBATCH --gpus=1
#SBATCH --mem=16G
#SBATCH --time=08:00:00
#SBATCH --signal=TERM@180
#SBATCH --output=slurm-%A-%a.log
set -euo pipefail

suite="${SUITE:-twitter15}"
out="${OUT:-runs}"

# Every task has the same command: a run that another task holds is locked, and is skipped. MLflow's SQLite file is for
# one writer; `benchmark sync` fills it afterwards. srun passes the signal on, so that runs save their state before the
# time limit; submit the job again to resume them.
srun benchmark run --suite "$suite" --out "$out" --threads "${SLURM_CPUS_PER_TASK:-1}" --no-mlflow "$@"
