#!/bin/bash
# A seed per task of a job array, each with a results folder of its own, for disks on which file locks do not work.
# When all have ended:  benchmark merge runs.0 runs.1 runs.2 runs.3 runs.4 --out runs
#
#   sbatch slurm-seeds.sh
#   SUITE=twitter17 sbatch --array=0-9 slurm-seeds.sh --methods bert-crf,maf
#
#SBATCH --job-name=mnerbench
#SBATCH --array=0-4
#SBATCH --cpus-per-task=4
#SBATCH --gpus=1
#SBATCH --mem=16G
#SBATCH --time=08:00:00
#SBATCH --signal=TERM@180
#SBATCH --output=slurm-%A-%a.log
set -euo pipefail

suite="${SUITE:-twitter15}"
seed="${SLURM_ARRAY_TASK_ID:?submit this script with sbatch --array}"
out="${OUT:-runs}.$seed"

# The comma makes the number a list of one seed, not a number of seeds. Extracted features are per task, too.
srun benchmark run --suite "$suite" --seeds "$seed," --out "$out" --cache "$out.cache" \
  --threads "${SLURM_CPUS_PER_TASK:-1}" --no-mlflow "$@"
