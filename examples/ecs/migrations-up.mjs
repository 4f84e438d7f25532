// The hook of blue-green.json, a Lambda function (Node 22 and later): it runs `kong migrations up` in a task of the new image before green
// starts. ECS calls it again, every so many seconds, with the hookDetails that it answered, until it answers SUCCEEDED or FAILED.
const CALL_AGAIN_AFTER = 15;

/** The handler over these two calls of ECS; its test gives others. */
export function createHandler({ runTask, describeTasks }) {
  return async ({ executionDetails, hookDetails }) => {
    const taskArn = hookDetails?.taskArn ?? (await runTask(executionDetails.serviceArn));
    const { lastStatus, exitCode } = await describeTasks(taskArn);
    if (lastStatus !== 'STOPPED') {
      return { hookStatus: 'IN_PROGRESS', callBackDelay: CALL_AGAIN_AFTER, hookDetails: { taskArn } };
    }
    return { hookStatus: exitCode === 0 ? 'SUCCEEDED' : 'FAILED' };
  };
}

/** Both calls by the SDK that Lambda has. TASK_DEFINITION is the new revision of migrations-task.json, SUBNETS and SECURITY_GROUPS are comma lists. */
async function callsOfEcs() {
  const { DescribeTasksCommand, ECSClient, RunTaskCommand } = await import('@aws-sdk/client-ecs');
  const { CLUSTER, TASK_DEFINITION, SUBNETS, SECURITY_GROUPS } = process.env;
  const client = new ECSClient({});
  return {
    async runTask() {
      const { tasks } = await client.send(
        new RunTaskCommand({
          cluster: CLUSTER,
          taskDefinition: TASK_DEFINITION,
          launchType: 'FARGATE',
          networkConfiguration: {
            awsvpcConfiguration: { subnets: SUBNETS.split(','), securityGroups: SECURITY_GROUPS.split(',') },
          },
          overrides: { containerOverrides: [{ name: 'migrations', command: ['kong', 'migrations', 'up'] }] },
        }),
      );
      return tasks[0].taskArn;
    },
    async describeTasks(taskArn) {
      const { tasks } = await client.send(new DescribeTasksCommand({ cluster: CLUSTER, tasks: [taskArn] }));
      const [{ lastStatus, containers }] = tasks;
      return { lastStatus, exitCode: containers[0].exitCode };
    },
  };
}

let handle;

export async function handler(event) {
  handle ??= createHandler(await callsOfEcs());
  return handle(event);
}
