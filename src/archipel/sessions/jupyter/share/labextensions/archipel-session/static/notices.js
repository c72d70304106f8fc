// A JupyterLab extension without a build: the container that module federation asks for, written by hand.
// It shows what the session says of itself (`archipel/etat`) as JupyterLab's own notifications.
(() => {
  const activate = app => {
    const base = app.serviceManager.serverSettings.baseUrl;
    const shown = new Map();
    let labels = {};
    let portal = '/';

    // JupyterHub believes a cookie's request that is not a navigation only with this header.
    const ask = (path, method) => {
      const xsrf = (document.cookie.match(/(?:^|; )_xsrf=([^;]*)/) || [])[1] || '';
      const headers = { 'X-XSRFToken': decodeURIComponent(xsrf) };
      return fetch(`${base}archipel/${path}`, { method, headers, cache: 'no-store' });
    };
    const notify = (message, type, options) =>
      app.commands.execute('apputils:notify', { message, type, options });

    app.commands.addCommand('archipel:keep', {
      execute: async () => {
        const answer = await ask('garder', 'POST');
        if (answer.ok) await notify(labels.kept, 'success', { autoClose: 5000 });
        await look();
      }
    });
    app.commands.addCommand('archipel:room', { execute: () => { window.open(`${base}archipel/menage`, '_blank'); } });
    app.commands.addCommand('archipel:home', { execute: () => { window.open(portal, '_blank'); } });

    const actions = notice => [
      ...(notice.keep ? [{ label: labels.keep, commandId: 'archipel:keep', displayType: 'accent' }] : []),
      ...(notice.id === 'newer' ? [{ label: labels.home, commandId: 'archipel:home', displayType: 'default' }] : []),
      ...(notice.kind === 'error' ? [{ label: labels.room, commandId: 'archipel:room', displayType: 'accent' }] : [])
    ];

    const tell = async notice => {
      // What is not saved is, before the session that holds its kernels goes.
      if (notice.keep && app.commands.hasCommand('docmanager:save-all')) {
        app.commands.execute('docmanager:save-all').catch(() => undefined);
      }
      const options = { autoClose: false, actions: actions(notice) };
      shown.set(notice.id, await notify(notice.text, notice.kind, options));
    };

    const look = async () => {
      const answer = await ask('etat', 'GET');
      if (!answer.ok) return 20;
      const told = await answer.json();
      labels = told.labels;
      portal = told.portal;
      const now = new Set(told.notices.map(notice => notice.id));
      for (const [id, notification] of shown) {
        if (!now.has(id)) {
          shown.delete(id);
          await app.commands.execute('apputils:dismiss-notification', { id: notification });
        }
      }
      for (const notice of told.notices) if (!shown.has(notice.id)) await tell(notice);
      return told.every;
    };

    const turn = async () => {
      let every = 20;
      try {
        every = await look();
      } catch {
        every = 5;
      }
      setTimeout(turn, every * 1000);
    };
    void app.restored.then(turn);
  };

  window._JUPYTERLAB = window._JUPYTERLAB || {};
  window._JUPYTERLAB['archipel-session'] = {
    init: () => undefined,
    get: async () => () => ({ __esModule: true, default: { id: 'archipel-session:notices', autoStart: true, activate } })
  };
})();
