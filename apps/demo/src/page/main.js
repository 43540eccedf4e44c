import { createComparison } from './comparison/comparison.js';
import { byId, onPress, setText } from './dom.js';
import { createExperiments } from './experiments/experiments.js';
import { openFeed } from './lab/lab-feed.js';
import { createMap, doTo } from './map/map.js';
import { createStoreSwitch } from './map/store-switch.js';
import { showAnswers } from './shop/answers.js';
import { createShop } from './shop/shop.js';
import { createSteps } from './shop/steps.js';

const CONNECTION = {
  lost: 'The demo does not answer. This page goes on by itself as soon as it does.',
  none: 'You look at one instance alone. The map and the experiments are the balancer’s: open its address.',
};

showAnswers();

const map = createMap();
const experiments = createExperiments();
const showComparison = createComparison();
const steps = createSteps({
  kill: (name) => doTo('instances', name, 'kill'),
  bringBack: (name) => doTo('instances', name, 'resume'),
  look: () => shop.look(),
});
const shop = createShop({
  seen(session) {
    steps.showSession(session);
    map.showMine(session.instance);
  },
});
const showStores = createStoreSwitch({
  switched() {
    steps.forget();
    void shop.look();
  },
});

openFeed({
  view(view) {
    map.showView(view);
    showStores(view);
    experiments.showView(view);
    showComparison(view);
    steps.showView(view);
  },
  requests: (requests) => map.showRequests(requests),
  progress: (progress) => experiments.showProgress(progress),
  result: (result) => experiments.showResult(result),
  connection(state) {
    const words = CONNECTION[state];
    byId('banner').hidden = words === undefined;
    setText(byId('banner'), words ?? '');
  },
});

onPress(byId('ask-again'), async () => {
  for (let times = 0; times < 9; times += 1) await shop.look();
});

await shop.look();
