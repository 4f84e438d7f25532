/** Names of regions go into host names, so nothing else passes: `eu-central-1`, `us-gov-west-1`, `us-isob-east-1`. */
export const REGION_NAME = /^[a-z]{2,8}(-[a-z]+)+-\d+$/;
