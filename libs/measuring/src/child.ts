export { answerParent } from './processes/answering.js';
export { CITY, sampleSession, type ShopSession } from './sample-session.js';
