package app

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/haochaping/haochaping/internal/affair"
	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/config"
	"github.com/haochaping/haochaping/internal/integrator"
	"github.com/haochaping/haochaping/internal/keyring"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/privacy"
	"github.com/haochaping/haochaping/internal/review"
	"github.com/haochaping/haochaping/internal/store"
	"github.com/haochaping/haochaping/internal/venue"
)

// house is an open database with its keys and registers: what every command that touches reviews begins with.
type house struct {
	storage  *config.Storage
	store    *store.Store
	sealer   *privacy.Sealer
	blinder  *privacy.Blinder
	registry *org.Registry
	entities *catalog.EntitySet
	tags     *catalog.Tags
	apps     *integrator.Service
	halls    *venue.Directory
	venues   *venue.Service
	labels   *catalog.TagService
	scans    *venue.Scans
	sessions *store.Sessions
	affairs  *affair.Service
	lanes    int
	ring     *keyring.Ring
	node     string // what this process is called among those that seal
	reading  bool   // nothing is written, so that it may be a standby
}

// lanesOfPostgres is how many batches are committed side by side when nobody says (docs/decisions.md).
const lanesOfPostgres = 1

// openPresent is open for what reads or changes: a database that is not there holds nothing for it, and shall not be made by the way.
func openPresent(ctx context.Context, settings *config.Storage, migrate bool) (*house, error) {
	if err := presentDatabase(settings); err != nil {
		return nil, err
	}
	return open(ctx, settings, migrate)
}

// openToRead is openPresent for what only reads, of a standby, too. An embedded database, which has none, is migrated with migrate.
func openToRead(ctx context.Context, settings *config.Storage, migrate bool) (*house, error) {
	if err := presentDatabase(settings); err != nil {
		return nil, err
	}
	return openFor(ctx, settings, migrate, true)
}

// open opens the house. With migrate the schema is brought up to date first, else one that is not is an error.
func open(ctx context.Context, settings *config.Storage, migrate bool) (*house, error) {
	return openFor(ctx, settings, migrate, false)
}

func openFor(ctx context.Context, settings *config.Storage, migrate, reading bool) (*house, error) {
	if err := settings.Check(); err != nil {
		return nil, err
	}
	keys, err := readKeys(settings)
	if err != nil {
		return nil, err
	}
	algorithm, _ := settings.Algorithm()
	sealer, err := privacy.NewSealer(keys, algorithm)
	if err != nil {
		return nil, err
	}
	h := &house{
		storage: settings, sealer: sealer, blinder: privacy.NewBlinder(keys), registry: org.NewRegistry(nil, nil),
		entities: catalog.NewEntitySet(nil), tags: catalog.NewTags(nil), halls: venue.NewDirectory(), lanes: settings.Lanes, node: ownName(),
		reading: reading,
	}
	if h.store, err = openStore(ctx, settings, h.registry); err != nil {
		return nil, err
	}
	if h.lanes == 0 {
		h.lanes = lanesOfPostgres
	}
	h.lanes = min(h.lanes, h.store.MaxLanes())
	h.apps = integrator.NewService(h.store, sealer, h.entities.Known)
	h.venues = venue.NewService(h.store, h.halls, h.registry)
	h.scans = venue.NewScans(h.store, time.Now)
	h.labels = catalog.NewTagService(h.store, h.tags, h.entities, h.load)
	places := &review.Placement{Registry: h.registry, Root: settings.RootRegion}
	h.affairs = affair.NewService(h.store, places, h.sealer, h.blinder, time.Now)
	h.sessions = h.store.Sessions(sealer, h.blinder)
	h.ring = keyring.NewRing(h.store, sealer, keyFileOf(settings), h.node, keys, time.Now)
	if err := h.furnish(ctx, migrate); err != nil {
		return nil, errors.Join(err, h.store.Close())
	}
	return h, nil
}

func openStore(ctx context.Context, settings *config.Storage, registry *org.Registry) (*store.Store, error) {
	options, err := storeOptions(settings, registry)
	if err != nil {
		return nil, err
	}
	return store.Open(ctx, options)
}

// storeOptions are the store's, with the database's password from wherever it stands; the process is made ready for that engine.
func storeOptions(settings *config.Storage, registry *org.Registry) (store.Options, error) {
	address, err := settings.Address()
	if err != nil {
		return store.Options{}, err
	}
	if store.IsEmbedded(address) {
		heedMemoryLimit(store.EmbeddedMemory())
	}
	shareProcessors()
	return store.Options{URL: address, Lanes: max(settings.Lanes, lanesOfPostgres), Registry: registry, Now: time.Now}, nil
}

func (h *house) furnish(ctx context.Context, migrate bool) error {
	if migrate {
		if err := h.store.Migrate(ctx); err != nil {
			return err
		}
	} else if err := h.store.CheckSchema(ctx); err != nil {
		return err
	}
	if err := h.load(ctx); err != nil {
		return err
	}
	if err := h.fit(ctx); err != nil {
		return err
	}
	if err := h.apps.Load(ctx); errors.Is(err, privacy.ErrForged) {
		return fmt.Errorf("密钥文件与数据库不符，请换回建库时的密钥文件：%w", err)
	} else if err != nil {
		return err
	}
	return nil
}

// fit sees that the keys are the database's, and joins those that seal, unless nothing is to be written.
func (h *house) fit(ctx context.Context) error {
	fingerprint := h.blinder.Digest("fingerprint")
	own := hex.EncodeToString(fingerprint[:])
	claim, join := h.store.Claim, h.ring.Join
	if h.reading {
		join = h.ring.Look
		claim = func(ctx context.Context, name, own string) (string, error) {
			claimed, err := h.store.Fact(ctx, name)
			return cmp.Or(claimed, own), err
		}
	}
	claimed, err := claim(ctx, store.IndexKey, own)
	if err != nil {
		return err
	}
	if claimed != own {
		return errors.New("密钥文件与数据库不符，请换回建库时的密钥文件")
	}
	return join(ctx)
}

// load reads the registers again.
func (h *house) load(ctx context.Context) error {
	if err := h.store.Load(ctx, store.Registers{Registry: h.registry, Entities: h.entities, Tags: h.tags}); err != nil {
		return err
	}
	return h.venues.Load(ctx)
}

// close closes the house; no other process waits for this one any more.
func (h *house) close() error {
	if h.reading {
		return h.store.Close()
	}
	ctx, cancel := context.WithTimeout(context.Background(), leaveTime)
	defer cancel()
	_ = h.ring.Leave(ctx) // where the database is away, it is forgotten in a minute
	return h.store.Close()
}

// leaveTime bounds how long saying so may take.
const leaveTime = 3 * time.Second

// readKeys reads the key file. A new embedded database gets one made; with a database that is there already a missing
// key file is a refusal, since a new key could open nothing in it.
func readKeys(settings *config.Storage) (*privacy.Keys, error) {
	if !settings.Embedded() {
		if settings.KeyFile == "" {
			return nil, errors.New("须用 --key-file（或 HAOCHAPING_KEY_FILE）指定密钥文件；生成新的：haochaping key new 文件")
		}
		keys, err := privacy.ReadKeys(settings.KeyFile)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("没有密钥文件 %s。数据库已在使用的，请找回它，新的打不开旧的内容；新装的，请生成：haochaping key new %[1]s", settings.KeyFile)
		}
		return keys, err
	}
	file := settings.EmbeddedKeyFile()
	keys, err := privacy.ReadKeys(file)
	if !errors.Is(err, fs.ErrNotExist) {
		return keys, err
	}
	if info, err := os.Stat(settings.EmbeddedFile()); err == nil && info.Size() > 0 {
		return nil, fmt.Errorf("数据库 %s 的密钥文件 %s 不见了，请找回；没有它库中的个人信息无法解密", settings.EmbeddedFile(), file)
	}
	return privacy.ReadOrCreateKeys(file)
}
