import { byId, create, setText } from '../dom.js';
import { act } from '../lab/lab-api.js';
import { createInstanceNode, createServerNode } from './node.js';
import { placeOf } from './places.js';
import { createTraffic } from './traffic.js';
import { createWires } from './wires.js';

/** The map of what is running: browser, balancer, instances, and what keeps the sessions. */
export function createMap() {
  const instances = createTier('map-instances', (name) =>
    createInstanceNode(name, (action) => doTo('instances', name, action)),
  );
  const servers = createTier('map-servers', (name) =>
    createServerNode(name, (action) => doTo('servers', name, action)),
  );
  const place = create('div', { className: 'node plain place' });
  const wires = createWires();
  const [client, balancer] = [byId('node-client'), byId('node-balancer')];
  const showTraffic = createTraffic(wires.drawing, (name) => {
    if (name === undefined) return wires.way(client, balancer);
    const node = instances.get(name);
    return node && wires.way(client, balancer, node.button);
  });

  return {
    showView(view) {
      instances.show(
        view.instances,
        ({ pid, url }) => `${url.replace(/^\w+:\/\//, '')}${pid === null ? '' : `, process ${pid}`}`,
      );
      servers.show(view.servers, ({ kind }) => kind);
      const { title, wired } = placeOf(view);
      setText(place, title);
      if (view.servers.length > 0) place.parentElement?.remove();
      else if (!place.isConnected) byId('map-servers').append(create('li', {}, place));
      wires.connect([
        { from: client, to: balancer, state: 'up' },
        ...view.instances.map(({ name, state }) => ({ from: balancer, to: instances.get(name).button, state })),
        ...wiresBelow(view, wired),
      ]);
    },
    showRequests(requests) {
      showTraffic(requests);
      for (const { instance, ms } of requests) instances.get(instance)?.note(`${Math.round(ms)} ms`);
    },
    /** Marks the instance that answered you last. */
    showMine(name) {
      for (const [other, node] of instances.entries()) node.setMine(other === name);
    },
  };

  function wiresBelow(view, wired) {
    const nodes = view.instances.map(({ name, state }) => ({ from: instances.get(name).button, state }));
    if (wired === 'beside') {
      return nodes
        .slice(1)
        .map(({ from, state }, index) => ({ from: nodes[index].from, to: from, state, beside: true }));
    }
    if (view.servers.length === 0) return wired === 'yes' ? nodes.map((node) => ({ ...node, to: place })) : [];
    return view.servers.flatMap(({ name, state }) =>
      nodes.map(({ from, state: own }) => ({ from, to: servers.get(name).button, state: own === 'up' ? state : own })),
    );
  }
}

/** Does something to one of the map, and says so when it did not work. */
export async function doTo(kind, name, action) {
  setText(byId('map-trouble'), '');
  const trouble = await act(`/${kind}/${encodeURIComponent(name)}/${action}`);
  if (trouble !== undefined) setText(byId('map-trouble'), trouble);
}

/** A row of the map, whose nodes are kept for as long as what they stand for is there. */
function createTier(id, createNode) {
  const row = byId(id);
  const nodes = new Map();
  return {
    get: (name) => nodes.get(name),
    entries: () => nodes.entries(),
    show(views, detailsOf) {
      for (const [name, node] of nodes) {
        if (views.some((view) => view.name === name)) continue;
        node.element.remove();
        nodes.delete(name);
      }
      for (const view of views) {
        if (!nodes.has(view.name)) {
          nodes.set(view.name, createNode(view.name));
          row.append(nodes.get(view.name).element);
        }
        nodes.get(view.name).show(view, detailsOf(view));
      }
    },
  };
}
