package main

import (
	"context"
	"log/slog"

	"github.com/spf13/cobra"
	sdk "go.opentelemetry.io/otel/sdk/trace"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/adapter"
)

// kitFlags are the settings by which a command gets a kit.
type kitFlags struct {
	catalog   catalogFlag
	operators string
	database  databaseFlags
	watch     watchFlags
	spans     *sdk.TracerProvider // of the store's transactions; nil for none

	// check refuses what needs no database to be refused, before there is one; nil for
	// nothing to check.
	check func(*rolekit.Catalog) error
}

func (k *kitFlags) declare(cmd *cobra.Command) {
	k.catalog.declare(cmd)
	k.database.declare(cmd)
	k.database.declareMigrate(cmd)
	k.watch.declare(cmd)
}

func (k *kitFlags) declareOperators(cmd *cobra.Command) {
	cmd.Flags().StringVar(&k.operators, "operators", "",
		"`organisation` whose holders of iam.orgs:write create the others; without one, nobody does over the API")
}

// opened is a kit, and what it stands on.
type opened struct {
	*rolekit.Kit

	database *database
	store    *adapter.Store
	news     *news
	log      *slog.Logger
}

// open reads the catalog, opens the database and loads the kit. The caller closes
// it. change completes the kit's configuration; it may be nil.
func (k *kitFlags) open(ctx context.Context, log *slog.Logger, change func(*rolekit.Config)) (*opened, error) {
	where, err := k.where(log)
	if err != nil {
		return nil, err
	}
	return k.openAt(ctx, log, where, change)
}

// kitPlace is a catalog and where the database is.
type kitPlace struct {
	catalog *rolekit.Catalog
	at      address
}

// where reads the catalog and where the database is, and opens nothing.
func (k *kitFlags) where(log *slog.Logger) (p kitPlace, err error) {
	if p.catalog, err = k.readCatalog(); err != nil {
		return p, err
	}
	if p.at, err = k.database.target(log); err != nil {
		return p, err
	}
	return p, k.watch.check(p.at, k.database.most)
}

// openAt is open at a place that was found out before.
func (k *kitFlags) openAt(ctx context.Context, log *slog.Logger, where kitPlace, change func(*rolekit.Config)) (*opened, error) {
	connect := k.database.connect
	if k.database.there {
		connect = k.database.connectThere
	}
	db, err := connect(where.at)
	if err != nil {
		return nil, err
	}
	o := &opened{database: db, log: log}
	config := rolekit.Config{Catalog: where.catalog, Logger: log, Operators: rolekit.OrgID(k.operators), Access: reachNothing(where.catalog)}
	if change != nil {
		change(&config)
	}
	if err := k.load(ctx, o, config); err != nil {
		o.close()
		return nil, err
	}
	return o, nil
}

// readCatalog reads the catalog, and checks what is asked of it.
func (k *kitFlags) readCatalog() (*rolekit.Catalog, error) {
	catalog, err := k.catalog.read()
	if err == nil && k.check != nil {
		err = k.check(catalog)
	}
	return catalog, err
}

func (k *kitFlags) load(ctx context.Context, o *opened, config rolekit.Config) (err error) {
	if o.store, err = k.database.store(ctx, o.database); err != nil {
		return err
	}
	if o.news, err = k.watch.connect(o.database, o.log); err != nil {
		return err
	}
	config.Watcher = o.news.watcher
	o.Kit, err = rolekit.New(ctx, tracedStore(o.store, k.spans), config)
	return err
}

// tell waits until other processes were told of what this one changed. A command
// that ends without it would leave them to their next poll.
func (o *opened) tell(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tellTimeout)
	defer cancel()
	if err := o.Flush(ctx); err != nil {
		o.log.Warn("other processes were not told; they see the change at their next poll", "error", err)
	}
}

func (o *opened) close() {
	if o.news != nil {
		o.news.close()
	}
	o.database.close(o.log)
}
