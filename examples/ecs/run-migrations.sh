#!/bin/sh
# run-migrations.sh CLUSTER TASK-DEFINITION NETWORK STEP
#   Runs `kong migrations STEP` (bootstrap, up, finish) as a task of its own, waits for its end however long that takes, and ends with its
#   exit status: 0 only when the schema is really there.
set -eu
cluster=$1 definition=$2 network=$3 step=$4

task=$(aws ecs run-task --cluster "$cluster" --task-definition "$definition" --launch-type FARGATE --network-configuration "$network" \
  --overrides "{\"containerOverrides\":[{\"name\":\"migrations\",\"command\":[\"kong\",\"migrations\",\"$step\"]}]}" \
  --query 'tasks[0].taskArn' --output text)
if [ "$task" = None ]; then
  echo "$0: ECS has started no task" >&2
  exit 1
fi

describe() {
  aws ecs describe-tasks --cluster "$cluster" --tasks "$task" --query "$1" --output text
}

until [ "$(describe 'tasks[0].lastStatus')" = STOPPED ]; do
  sleep "${INTERVAL:-5}"
done

code=$(describe "tasks[0].containers[?name=='migrations'].exitCode | [0]")
if [ "$code" = None ]; then
  echo "$0: the container has not run: $(describe 'tasks[0].stoppedReason')" >&2
  exit 1
fi
exit "$code"
