BEGIN TRANSACTION;
CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE artifacts (
	digest TEXT NOT NULL, 
	size BIGINT NOT NULL, 
	created DOUBLE NOT NULL, 
	CONSTRAINT artifacts_key PRIMARY KEY (digest)
);
INSERT INTO "artifacts" VALUES('sha256:c907bce1740abd06501e26f0953643a8295d01c51563d7bff4dafae8f298429b',13,1.79580703325025987622e+09);
INSERT INTO "artifacts" VALUES('sha256:3735d4afef3b9f385eaa74297d4fb13d86b5124598734c3a21fbfe0f0ebc5119',15,1.79580703363824844363e+09);
INSERT INTO "artifacts" VALUES('sha256:712f651872b8437f4e34f31bf2c80d4d3b0d1ea4c1575f67f61be624af4e7858',15,1.79580703395896720884e+09);
INSERT INTO "artifacts" VALUES('sha256:55c0e1505562cf323cc26799812fccae4be06f5fd9d7b92ceb4ace729ca20ff6',13,1.79580703427841615674e+09);
CREATE TABLE attempts (
	id TEXT NOT NULL, 
	run TEXT NOT NULL, 
	node TEXT NOT NULL, 
	number INTEGER NOT NULL, 
	target TEXT NOT NULL, 
	created DOUBLE NOT NULL, 
	handle TEXT, 
	"offset" BIGINT NOT NULL, 
	result TEXT, 
	CONSTRAINT attempts_key PRIMARY KEY (id), 
	CONSTRAINT attempts_run_node_exists FOREIGN KEY(run, node) REFERENCES steps (run, node) ON DELETE CASCADE
);
INSERT INTO "attempts" VALUES('att_01m8f71dpm34wc204aj9','run_01m8f71dn6a0957es791','n0',1,'local',1.79580703304456138608e+09,'{"name":"att_01m8f71dpm34wc204aj9","folder":"/home/someone/.designer/home/attempts/att_01m8f71dpm34wc204aj9","pid":31588,"start_time":783747,"boot_id":"00000000-0000-0000-0000-000000000000"}',0,'{"status":"completed","exit_code":0,"signal":null,"error":null,"stopped_processes":0,"peak_memory":16842752,"started":1795807033.1484396,"ended":1795807033.2309027,"seconds":0.082463}');
INSERT INTO "attempts" VALUES('att_01m8f71dx17jveeyzv68','run_01m8f71dn6a0957es791','n1',1,'local',1.79580703324982929227e+09,'{"name":"att_01m8f71dx17jveeyzv68","folder":"/home/someone/.designer/home/attempts/att_01m8f71dx17jveeyzv68","pid":31609,"start_time":783768,"boot_id":"00000000-0000-0000-0000-000000000000"}',0,'{"status":"completed","exit_code":0,"signal":null,"error":null,"stopped_processes":0,"peak_memory":16904192,"started":1795807033.4085178,"ended":1795807033.608631,"seconds":0.200113}');
INSERT INTO "attempts" VALUES('att_01m8f71e948hbt78d4td','run_01m8f71dn6a0957es791','n2',1,'local',1.79580703363672351834e+09,'{"name":"att_01m8f71e948hbt78d4td","folder":"/home/someone/.designer/home/attempts/att_01m8f71e948hbt78d4td","pid":31637,"start_time":783805,"boot_id":"00000000-0000-0000-0000-000000000000"}',0,'{"status":"completed","exit_code":0,"signal":null,"error":null,"stopped_processes":0,"peak_memory":16650240,"started":1795807033.7663126,"ended":1795807033.9284947,"seconds":0.162182}');
INSERT INTO "attempts" VALUES('att_01m8f71emaanzysmwapk','run_01m8f71em30r87286dkn','n',1,'local',1.79580703399484133716e+09,'{"name":"att_01m8f71emaanzysmwapk","folder":"/home/someone/.designer/home/attempts/att_01m8f71emaanzysmwapk","pid":31644,"start_time":783841,"boot_id":"00000000-0000-0000-0000-000000000000"}',0,'{"status":"completed","exit_code":0,"signal":null,"error":null,"stopped_processes":0,"peak_memory":16773120,"started":1795807034.090011,"ended":1795807034.2618408,"seconds":0.17183}');
INSERT INTO "attempts" VALUES('att_01m8f71ex66jhz0bgdj1','run_01m8f71em30r87286dkn','f',1,'local',1.79580703427800393101e+09,'{"name":"att_01m8f71ex66jhz0bgdj1","folder":"/home/someone/.designer/home/attempts/att_01m8f71ex66jhz0bgdj1","pid":31649,"start_time":783868,"boot_id":"00000000-0000-0000-0000-000000000000"}',0,'{"status":"failed","exit_code":1,"signal":null,"error":{"kind":"ModuleError","number":3,"message":"The number is not there.","cure":"Give it one.","where":"module.py, line 19, in run","traceback":"Traceback (most recent call last):\n  File \"/home/someone/.designer/home/attempts/att_01m8f71ex66jhz0bgdj1/module.py\", line 19, in run\n    raise ModuleError(3, \"The number is not there.\", \"Give it one.\")\ndesigner.module.errors.ModuleError: Error 0003: The number is not there. Give it one.\n"},"stopped_processes":0,"peak_memory":13107200,"started":1795807034.3967807,"ended":1795807034.5431917,"seconds":0.146411}');
CREATE TABLE dataset_versions (
	dataset TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	status TEXT NOT NULL, 
	created DOUBLE NOT NULL, 
	file_name TEXT NOT NULL, 
	file_digest TEXT NOT NULL, 
	file_size BIGINT NOT NULL, 
	options TEXT NOT NULL, 
	detected TEXT NOT NULL, 
	digest TEXT NOT NULL, 
	type TEXT NOT NULL, 
	rows BIGINT, 
	columns TEXT NOT NULL, 
	size BIGINT NOT NULL, 
	error TEXT, 
	CONSTRAINT dataset_versions_key PRIMARY KEY (dataset, version), 
	CONSTRAINT dataset_versions_status CHECK (status IN ('reading', 'ready', 'failed')), 
	CONSTRAINT dataset_versions_dataset_exists FOREIGN KEY(dataset) REFERENCES datasets (id) ON DELETE CASCADE
);
CREATE TABLE datasets (
	id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	title TEXT NOT NULL, 
	description TEXT NOT NULL, 
	sample BOOLEAN NOT NULL, 
	tags TEXT NOT NULL, 
	created DOUBLE NOT NULL, 
	updated DOUBLE NOT NULL, 
	deleted DOUBLE, 
	CONSTRAINT datasets_key PRIMARY KEY (id), 
	CONSTRAINT datasets_one_name UNIQUE (name)
);
CREATE TABLE events (
	run TEXT NOT NULL, 
	seq INTEGER NOT NULL, 
	body TEXT NOT NULL, 
	CONSTRAINT events_key PRIMARY KEY (run, seq), 
	CONSTRAINT events_run_exists FOREIGN KEY(run) REFERENCES runs (id) ON DELETE CASCADE
);
INSERT INTO "events" VALUES('run_01m8f71dn6a0957es791',1,'{"kind":"run","run":"run_01m8f71dn6a0957es791","seq":1,"at":1795807032.9988313,"status":"queued","ended":null}');
INSERT INTO "events" VALUES('run_01m8f71dn6a0957es791',2,'{"kind":"step","run":"run_01m8f71dn6a0957es791","seq":2,"at":1795807033.0447466,"step":{"node":"n0","name":"Number","module":"number@1","dataset":"","status":"preparing","attempt":"att_01m8f71dpm34wc204aj9","attempts":1,"target":"local","created":1795807032.9988313,"started":null,"ended":null,"seconds":null,"progress":null,"progress_text":"","metrics":[],"outputs":{},"error":null,"why":"","reused_from":"","retry_at":null,"peak_memory":null,"log_bytes":{},"tags":{}}}');
INSERT INTO "events" VALUES('run_01m8f71dn6a0957es791',3,'{"kind":"run","run":"run_01m8f71dn6a0957es791","seq":3,"at":1795807033.0447466,"status":"running","ended":null}');
INSERT INTO "events" VALUES('run_01m8f71dn6a0957es791',4,'{"kind":"step","run":"run_01m8f71dn6a0957es791","seq":4,"at":1795807033.0901337,"step":{"node":"n0","name":"Number","module":"number@1","dataset":"","status":"running","attempt":"att_01m8f71dpm34wc204aj9","attempts":1,"target":"local","created":1795807032.9988313,"started":1795807033.089894,"ended":null,"seconds":null,"progress":null,"progress_text":"","metrics":[],"outputs":{},"error":null,"why":"","reused_from":"","retry_at":null,"peak_memory":null,"log_bytes":{},"tags":{}}}');
INSERT INTO "events" VALUES('run_01m8f71dn6a0957es791',5,'{"kind":"step","run":"run_01m8f71dn6a0957es791","seq":5,"at":1795807033.2499232,"step":{"node":"n0","name":"Number","module":"number@1","dataset":"","status":"completed","attempt":"att_01m8f71dpm34wc204aj9","attempts":1,"target":"local","created":1795807032.9988313,"started":1795807033.089894,"ended":1795807033.2492435,"seconds":0.1593494415283203,"progress":null,"progress_text":"","metrics":[],"outputs":{"result":{"digest":"sha256:c907bce1740abd06501e26f0953643a8295d01c51563d7bff4dafae8f298429b","type":"metrics","size":13,"rows":null,"columns":[]}},"error":null,"why":"","reused_from":"","retry_at":null,"peak_memory":16842752,"log_bytes":{"stdout":9,"stderr":0},"tags":{}}}');
INSERT INTO "events" VALUES('run_01m8f71dn6a0957es791',6,'{"kind":"step","run":"run_01m8f71dn6a0957es791","seq":6,"at":1795807033.2499232,"step":{"node":"n1","name":"Add","module":"add@1","dataset":"","status":"preparing","attempt":"att_01m8f71dx17jveeyzv68","attempts":1,"target":"local","created":1795807032.9988313,"started":null,"ended":null,"seconds":null,"progress":null,"progress_text":"","metrics":[],"outputs":{},"error":null,"why":"","reused_from":"","retry_at":null,"peak_memory":null,"log_bytes":{},"tags":{}}}');
INSERT INTO "events" VALUES('run_01m8f71dn6a0957es791',7,'{"kind":"step","run":"run_01m8f71dn6a0957es791","seq":7,"at":1795807033.3217812,"step":{"node":"n1","name":"Add","module":"add@1","dataset":"","status":"running","attempt":"att_01m8f71dx17jveeyzv68","attempts":1,"target":"local","created":1795807032.9988313,"started":1795807033.3129961,"ended":null,"seconds":null,"progress":null,"progress_text":"","metrics":[],"outputs":{},"error":null,"why":"","reused_from":"","retry_at":null,"peak_memory":null,"log_bytes":{},"tags":{}}}');
INSERT INTO "events" VALUES('run_01m8f71dn6a0957es791',8,'{"kind":"step","run":"run_01m8f71dn6a0957es791","seq":8,"at":1795807033.6368175,"step":{"node":"n1","name":"Add","module":"add@1","dataset":"","status":"completed","attempt":"att_01m8f71dx17jveeyzv68","attempts":1,"target":"local","created":1795807032.9988313,"started":1795807033.3129961,"ended":1795807033.63373,"seconds":0.32073378562927246,"progress":null,"progress_text":"","metrics":[],"outputs":{"result":{"digest":"sha256:3735d4afef3b9f385eaa74297d4fb13d86b5124598734c3a21fbfe0f0ebc5119","type":"metrics","size":15,"rows":null,"columns":[]}},"error":null,"why":"","reused_from":"","retry_at":null,"peak_memory":16904192,"log_bytes":{"stdout":0,"stderr":0},"tags":{}}}');
INSERT INTO "events" VALUES('run_01m8f71dn6a0957es791',9,'{"kind":"step","run":"run_01m8f71dn6a0957es791","seq":9,"at":1795807033.6368175,"step":{"node":"n2","name":"Add","module":"add@1","dataset":"","status":"preparing","attempt":"att_01m8f71e948hbt78d4td","attempts":1,"target":"local","created":1795807032.9988313,"started":null,"ended":null,"seconds":null,"progress":null,"progress_text":"","metrics":[],"outputs":{},"error":null,"why":"","reused_from":"","retry_at":null,"peak_memory":null,"log_bytes":{},"tags":{}}}');
INSERT INTO "events" VALUES('run_01m8f71dn6a0957es791',10,'{"kind":"step","run":"run_01m8f71dn6a0957es791","seq":10,"at":1795807033.6728413,"step":{"node":"n2","name":"Add","module":"add@1","dataset":"","status":"running","attempt":"att_01m8f71e948hbt78d4td","attempts":1,"target":"local","created":1795807032.9988313,"started":1795807033.6726313,"ended":null,"seconds":null,"progress":null,"progress_text":"","metrics":[],"outputs":{},"error":null,"why":"","reused_from":"","retry_at":null,"peak_memory":null,"log_bytes":{},"tags":{}}}');
INSERT INTO "events" VALUES('run_01m8f71dn6a0957es791',11,'{"kind":"step","run":"run_01m8f71dn6a0957es791","seq":11,"at":1795807033.9587877,"step":{"node":"n2","name":"Add","module":"add@1","dataset":"","status":"completed","attempt":"att_01m8f71e948hbt78d4td","attempts":1,"target":"local","created":1795807032.9988313,"started":1795807033.6726313,"ended":1795807033.9584522,"seconds":0.28582096099853516,"progress":null,"progress_text":"","metrics":[],"outputs":{"result":{"digest":"sha256:712f651872b8437f4e34f31bf2c80d4d3b0d1ea4c1575f67f61be624af4e7858","type":"metrics","size":15,"rows":null,"columns":[]}},"error":null,"why":"","reused_from":"","retry_at":null,"peak_memory":16650240,"log_bytes":{"stdout":0,"stderr":0},"tags":{}}}');
INSERT INTO "events" VALUES('run_01m8f71dn6a0957es791',12,'{"kind":"run","run":"run_01m8f71dn6a0957es791","seq":12,"at":1795807033.9587877,"status":"completed","ended":1795807033.9584522}');
INSERT INTO "events" VALUES('run_01m8f71em30r87286dkn',1,'{"kind":"run","run":"run_01m8f71em30r87286dkn","seq":1,"at":1795807033.9870045,"status":"queued","ended":null}');
INSERT INTO "events" VALUES('run_01m8f71em30r87286dkn',2,'{"kind":"step","run":"run_01m8f71em30r87286dkn","seq":2,"at":1795807033.9949477,"step":{"node":"n","name":"Number","module":"number@1","dataset":"","status":"preparing","attempt":"att_01m8f71emaanzysmwapk","attempts":1,"target":"local","created":1795807033.9870045,"started":null,"ended":null,"seconds":null,"progress":null,"progress_text":"","metrics":[],"outputs":{},"error":null,"why":"","reused_from":"","retry_at":null,"peak_memory":null,"log_bytes":{},"tags":{}}}');
INSERT INTO "events" VALUES('run_01m8f71em30r87286dkn',3,'{"kind":"run","run":"run_01m8f71em30r87286dkn","seq":3,"at":1795807033.9949477,"status":"running","ended":null}');
INSERT INTO "events" VALUES('run_01m8f71em30r87286dkn',4,'{"kind":"step","run":"run_01m8f71em30r87286dkn","seq":4,"at":1795807034.026724,"step":{"node":"n","name":"Number","module":"number@1","dataset":"","status":"running","attempt":"att_01m8f71emaanzysmwapk","attempts":1,"target":"local","created":1795807033.9870045,"started":1795807034.0264559,"ended":null,"seconds":null,"progress":null,"progress_text":"","metrics":[],"outputs":{},"error":null,"why":"","reused_from":"","retry_at":null,"peak_memory":null,"log_bytes":{},"tags":{}}}');
INSERT INTO "events" VALUES('run_01m8f71em30r87286dkn',5,'{"kind":"step","run":"run_01m8f71em30r87286dkn","seq":5,"at":1795807034.2780867,"step":{"node":"n","name":"Number","module":"number@1","dataset":"","status":"completed","attempt":"att_01m8f71emaanzysmwapk","attempts":1,"target":"local","created":1795807033.9870045,"started":1795807034.0264559,"ended":1795807034.2775767,"seconds":0.25112080574035645,"progress":null,"progress_text":"","metrics":[],"outputs":{"result":{"digest":"sha256:55c0e1505562cf323cc26799812fccae4be06f5fd9d7b92ceb4ace729ca20ff6","type":"metrics","size":13,"rows":null,"columns":[]}},"error":null,"why":"","reused_from":"","retry_at":null,"peak_memory":16773120,"log_bytes":{"stdout":9,"stderr":0},"tags":{}}}');
INSERT INTO "events" VALUES('run_01m8f71em30r87286dkn',6,'{"kind":"step","run":"run_01m8f71em30r87286dkn","seq":6,"at":1795807034.2780867,"step":{"node":"f","name":"Fail","module":"fail@1","dataset":"","status":"preparing","attempt":"att_01m8f71ex66jhz0bgdj1","attempts":1,"target":"local","created":1795807033.9870045,"started":null,"ended":null,"seconds":null,"progress":null,"progress_text":"","metrics":[],"outputs":{},"error":null,"why":"","reused_from":"","retry_at":null,"peak_memory":null,"log_bytes":{},"tags":{}}}');
INSERT INTO "events" VALUES('run_01m8f71em30r87286dkn',7,'{"kind":"step","run":"run_01m8f71em30r87286dkn","seq":7,"at":1795807034.3075438,"step":{"node":"f","name":"Fail","module":"fail@1","dataset":"","status":"running","attempt":"att_01m8f71ex66jhz0bgdj1","attempts":1,"target":"local","created":1795807033.9870045,"started":1795807034.3073006,"ended":null,"seconds":null,"progress":null,"progress_text":"","metrics":[],"outputs":{},"error":null,"why":"","reused_from":"","retry_at":null,"peak_memory":null,"log_bytes":{},"tags":{}}}');
INSERT INTO "events" VALUES('run_01m8f71em30r87286dkn',8,'{"kind":"step","run":"run_01m8f71em30r87286dkn","seq":8,"at":1795807034.562501,"step":{"node":"f","name":"Fail","module":"fail@1","dataset":"","status":"failed","attempt":"att_01m8f71ex66jhz0bgdj1","attempts":1,"target":"local","created":1795807033.9870045,"started":1795807034.3073006,"ended":1795807034.5621555,"seconds":0.2548549175262451,"progress":null,"progress_text":"","metrics":[],"outputs":{},"error":{"kind":"ModuleError","message":"The number is not there.","cure":"Give it one.","number":3,"where":"module.py, line 19, in run","traceback":"Traceback (most recent call last):\n  File \"/home/someone/.designer/home/attempts/att_01m8f71ex66jhz0bgdj1/module.py\", line 19, in run\n    raise ModuleError(3, \"The number is not there.\", \"Give it one.\")\ndesigner.module.errors.ModuleError: Error 0003: The number is not there. Give it one.\n"},"why":"","reused_from":"","retry_at":null,"peak_memory":13107200,"log_bytes":{"stdout":0,"stderr":282},"tags":{}}}');
INSERT INTO "events" VALUES('run_01m8f71em30r87286dkn',9,'{"kind":"step","run":"run_01m8f71em30r87286dkn","seq":9,"at":1795807034.562501,"step":{"node":"last","name":"Add","module":"add@1","dataset":"","status":"skipped","attempt":"","attempts":0,"target":"local","created":1795807033.9870045,"started":null,"ended":1795807034.5621555,"seconds":null,"progress":null,"progress_text":"","metrics":[],"outputs":{},"error":null,"why":"\"Fail\" failed.","reused_from":"","retry_at":null,"peak_memory":null,"log_bytes":{},"tags":{}}}');
INSERT INTO "events" VALUES('run_01m8f71em30r87286dkn',10,'{"kind":"run","run":"run_01m8f71em30r87286dkn","seq":10,"at":1795807034.562501,"status":"failed","ended":1795807034.5621555}');
CREATE TABLE experiments (
	name TEXT NOT NULL, 
	runs INTEGER NOT NULL, 
	last_run TEXT NOT NULL, 
	CONSTRAINT experiments_key PRIMARY KEY (name)
);
INSERT INTO "experiments" VALUES('First',1,'run_01m8f71dn6a0957es791');
INSERT INTO "experiments" VALUES('Default',1,'run_01m8f71em30r87286dkn');
CREATE TABLE idempotency (
	"key" TEXT NOT NULL, 
	body TEXT NOT NULL, 
	run TEXT NOT NULL, 
	created DOUBLE NOT NULL, 
	CONSTRAINT idempotency_key PRIMARY KEY ("key")
);
CREATE TABLE jobs (
	id TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	subject TEXT NOT NULL, 
	status TEXT NOT NULL, 
	body TEXT NOT NULL, 
	created DOUBLE NOT NULL, 
	handle TEXT, 
	ended DOUBLE, 
	error TEXT, 
	CONSTRAINT jobs_key PRIMARY KEY (id), 
	CONSTRAINT jobs_status CHECK (status IN ('queued', 'running', 'done', 'failed'))
);
CREATE TABLE metrics (
	attempt TEXT NOT NULL, 
	line BIGINT NOT NULL, 
	name TEXT NOT NULL, 
	position BIGINT NOT NULL, 
	value DOUBLE, 
	at DOUBLE NOT NULL, 
	CONSTRAINT metrics_key PRIMARY KEY (attempt, line), 
	CONSTRAINT metrics_attempt_exists FOREIGN KEY(attempt) REFERENCES attempts (id) ON DELETE CASCADE
);
CREATE TABLE outbox (
	run TEXT NOT NULL, 
	node TEXT NOT NULL, 
	attempt TEXT NOT NULL, 
	command TEXT NOT NULL, 
	created DOUBLE NOT NULL, 
	CONSTRAINT outbox_key PRIMARY KEY (run, node, attempt, command), 
	CONSTRAINT outbox_run_exists FOREIGN KEY(run) REFERENCES runs (id) ON DELETE CASCADE
);
INSERT INTO "outbox" VALUES('run_01m8f71em30r87286dkn','f','att_01m8f71ex66jhz0bgdj1','clean',1.7958070345627350807e+09);
CREATE TABLE outputs (
	run TEXT NOT NULL, 
	node TEXT NOT NULL, 
	port TEXT NOT NULL, 
	attempt TEXT NOT NULL, 
	digest TEXT NOT NULL, 
	type TEXT NOT NULL, 
	size BIGINT NOT NULL, 
	rows BIGINT, 
	columns TEXT NOT NULL, 
	CONSTRAINT outputs_key PRIMARY KEY (run, node, port), 
	CONSTRAINT outputs_run_node_exists FOREIGN KEY(run, node) REFERENCES steps (run, node) ON DELETE CASCADE, 
	CONSTRAINT outputs_digest_exists FOREIGN KEY(digest) REFERENCES artifacts (digest)
);
INSERT INTO "outputs" VALUES('run_01m8f71dn6a0957es791','n0','result','att_01m8f71dpm34wc204aj9','sha256:c907bce1740abd06501e26f0953643a8295d01c51563d7bff4dafae8f298429b','metrics',13,NULL,'[]');
INSERT INTO "outputs" VALUES('run_01m8f71dn6a0957es791','n1','result','att_01m8f71dx17jveeyzv68','sha256:3735d4afef3b9f385eaa74297d4fb13d86b5124598734c3a21fbfe0f0ebc5119','metrics',15,NULL,'[]');
INSERT INTO "outputs" VALUES('run_01m8f71dn6a0957es791','n2','result','att_01m8f71e948hbt78d4td','sha256:712f651872b8437f4e34f31bf2c80d4d3b0d1ea4c1575f67f61be624af4e7858','metrics',15,NULL,'[]');
INSERT INTO "outputs" VALUES('run_01m8f71em30r87286dkn','n','result','att_01m8f71emaanzysmwapk','sha256:55c0e1505562cf323cc26799812fccae4be06f5fd9d7b92ceb4ace729ca20ff6','metrics',13,NULL,'[]');
CREATE TABLE pipeline_datasets (
	pipeline TEXT NOT NULL, 
	dataset TEXT NOT NULL, 
	CONSTRAINT pipeline_datasets_key PRIMARY KEY (pipeline, dataset), 
	CONSTRAINT pipeline_datasets_pipeline_exists FOREIGN KEY(pipeline) REFERENCES pipelines (id) ON DELETE CASCADE
);
CREATE TABLE pipelines (
	id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	description TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	created DOUBLE NOT NULL, 
	updated DOUBLE NOT NULL, 
	deleted DOUBLE, 
	cloned_from TEXT NOT NULL, 
	document TEXT NOT NULL, 
	nodes INTEGER NOT NULL, 
	outline TEXT NOT NULL, 
	wires TEXT NOT NULL, 
	CONSTRAINT pipelines_key PRIMARY KEY (id)
);
INSERT INTO "pipelines" VALUES('pip_01m8f71f6w3yra6644mv','Test','',1,1.79580703458847570422e+09,1.79580703458847570422e+09,NULL,'','{"format":"designer.pipeline/1","name":"Test","nodes":{"n0":{"module":"number@1","parameters":{"number":0}},"n1":{"module":"add@1","inputs":{"value":"n0.result"}}}}',2,'[[0.0,0.0,"Test"],[0.0,140.0,"Test"]]','[[0,1]]');
CREATE TABLE previews (
	digest TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	status TEXT NOT NULL, 
	content TEXT, 
	error TEXT, 
	created DOUBLE NOT NULL, 
	CONSTRAINT previews_key PRIMARY KEY (digest, kind), 
	CONSTRAINT previews_status CHECK (status IN ('pending', 'ready', 'failed'))
);
CREATE TABLE reports (
	attempt TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	name TEXT NOT NULL, 
	body TEXT NOT NULL, 
	CONSTRAINT reports_key PRIMARY KEY (attempt, kind, name), 
	CONSTRAINT reports_kind CHECK (kind IN ('figure', 'table')), 
	CONSTRAINT reports_attempt_exists FOREIGN KEY(attempt) REFERENCES attempts (id) ON DELETE CASCADE
);
CREATE TABLE requests (
	id TEXT NOT NULL, 
	run TEXT NOT NULL, 
	node TEXT NOT NULL, 
	created DOUBLE NOT NULL, 
	CONSTRAINT requests_key PRIMARY KEY (id), 
	CONSTRAINT requests_run_exists FOREIGN KEY(run) REFERENCES runs (id) ON DELETE CASCADE
);
CREATE TABLE runs (
	id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	description TEXT NOT NULL, 
	status TEXT NOT NULL, 
	pipeline TEXT NOT NULL, 
	pipeline_name TEXT NOT NULL, 
	experiment TEXT NOT NULL, 
	created DOUBLE NOT NULL, 
	started DOUBLE, 
	ended DOUBLE, 
	parameters TEXT NOT NULL, 
	tags TEXT NOT NULL, 
	counts TEXT NOT NULL, 
	failed_step TEXT NOT NULL, 
	error TEXT NOT NULL, 
	archived BOOLEAN NOT NULL, 
	cancel_requested BOOLEAN NOT NULL, 
	continue_on_step_failure BOOLEAN NOT NULL, 
	cloned_from TEXT NOT NULL, 
	seq INTEGER NOT NULL, 
	document TEXT NOT NULL, 
	CONSTRAINT runs_key PRIMARY KEY (id), 
	CONSTRAINT runs_status CHECK (status IN ('queued', 'running', 'canceling', 'completed', 'failed', 'canceled'))
);
INSERT INTO "runs" VALUES('run_01m8f71dn6a0957es791','A run of the first release','','completed','','','First',1.79580703299883127216e+09,1.79580703308989405629e+09,1.79580703395845222474e+09,'{}','{"kind":"golden"}','{"completed":3}','','',0,0,0,'',12,'{"format":"designer.pipeline/1","name":"Test","nodes":{"n0":{"module":"number@1","parameters":{"number":0}},"n1":{"module":"add@1","inputs":{"value":"n0.result"}},"n2":{"module":"add@1","inputs":{"value":"n1.result"}}}}');
INSERT INTO "runs" VALUES('run_01m8f71em30r87286dkn','Test','','failed','','','Default',1.79580703398700451851e+09,1.79580703402645587918e+09,1.79580703456215548521e+09,'{}','{}','{"completed":1,"failed":1,"skipped":1}','f','The number is not there.',0,0,0,'',10,'{"format":"designer.pipeline/1","name":"Test","nodes":{"n":{"module":"number@1"},"f":{"module":"fail@1","after":["n"]},"last":{"module":"add@1","inputs":{"value":"f.result"}}}}');
CREATE TABLE sessions (
	digest TEXT NOT NULL, 
	created DOUBLE NOT NULL, 
	expires DOUBLE NOT NULL, 
	last_used DOUBLE NOT NULL, 
	CONSTRAINT sessions_key PRIMARY KEY (digest)
);
CREATE TABLE sources (
	digest TEXT NOT NULL, 
	name TEXT NOT NULL, 
	text TEXT NOT NULL, 
	spec TEXT NOT NULL, 
	created DOUBLE NOT NULL, 
	CONSTRAINT sources_key PRIMARY KEY (digest)
);
INSERT INTO "sources" VALUES('sha256:51f5aa69b7b13b660140c2e2f0c029ba14d51a345e9b63a2e9090a13e4205067','number','"""Number

Gives a number.
"""
from designer.module import Metrics

CATEGORY = "Test"


def run(*, number: int = 1, seed: int = 0) -> Metrics:
    print("number", number)
    return {"number": number}
','{"name":"number","version":1,"title":"Number","category":"Test","digest":"sha256:51f5aa69b7b13b660140c2e2f0c029ba14d51a345e9b63a2e9090a13e4205067","description":"Gives a number.","inputs":[],"outputs":[{"name":"result","type":"metrics","label":"Result","optional":false,"help":""}],"parameters":[{"name":"number","kind":"integer","label":"Number","default":1,"required":false,"nullable":false,"help":"","minimum":null,"maximum":null,"exclusive_minimum":false,"exclusive_maximum":false,"pattern":"","choices":[],"item":null,"when":{},"port":"","language":""},{"name":"seed","kind":"integer","label":"Seed","default":0,"required":false,"nullable":false,"help":"","minimum":null,"maximum":null,"exclusive_minimum":false,"exclusive_maximum":false,"pattern":"","choices":[],"item":null,"when":{},"port":"","language":""}],"dependencies":[],"tags":[]}',1.79580703299883127216e+09);
INSERT INTO "sources" VALUES('sha256:37d108956c4932de9f654951ac2a887285cf671789653e2b5021513e45c40c66','add','"""Add

Adds one to the number it is given.
"""
from designer.module import Metrics

CATEGORY = "Test"


def run(value: Metrics, *, amount: float = 1.0) -> Metrics:
    return {"number": value["number"] + amount}
','{"name":"add","version":1,"title":"Add","category":"Test","digest":"sha256:37d108956c4932de9f654951ac2a887285cf671789653e2b5021513e45c40c66","description":"Adds one to the number it is given.","inputs":[{"name":"value","type":"metrics","label":"Value","optional":false,"help":""}],"outputs":[{"name":"result","type":"metrics","label":"Result","optional":false,"help":""}],"parameters":[{"name":"amount","kind":"number","label":"Amount","default":1.0,"required":false,"nullable":false,"help":"","minimum":null,"maximum":null,"exclusive_minimum":false,"exclusive_maximum":false,"pattern":"","choices":[],"item":null,"when":{},"port":"","language":""}],"dependencies":[],"tags":[]}',1.79580703299883127216e+09);
INSERT INTO "sources" VALUES('sha256:264da34887a6e38278abf9b0a1667b7a7913c68e63c24a800d34ae1a4a611d4c','fail','"""Fail

Fails until it was tried often enough.
"""
import pathlib

from designer.module import Metrics, ModuleError

CATEGORY = "Test"


def run(value: Metrics | None = None, *, tries: int = 1_000_000, note: str = "") -> Metrics:
    done = 0
    if note:
        with open(note, "a") as file:
            file.write("started\n")
        done = pathlib.Path(note).read_text().count("started")
    if done < tries:
        raise ModuleError(3, "The number is not there.", "Give it one.")
    return {"number": 1}
','{"name":"fail","version":1,"title":"Fail","category":"Test","digest":"sha256:264da34887a6e38278abf9b0a1667b7a7913c68e63c24a800d34ae1a4a611d4c","description":"Fails until it was tried often enough.","inputs":[{"name":"value","type":"metrics","label":"Value","optional":true,"help":""}],"outputs":[{"name":"result","type":"metrics","label":"Result","optional":false,"help":""}],"parameters":[{"name":"tries","kind":"integer","label":"Tries","default":1000000,"required":false,"nullable":false,"help":"","minimum":null,"maximum":null,"exclusive_minimum":false,"exclusive_maximum":false,"pattern":"","choices":[],"item":null,"when":{},"port":"","language":""},{"name":"note","kind":"string","label":"Note","default":"","required":false,"nullable":false,"help":"","minimum":null,"maximum":null,"exclusive_minimum":false,"exclusive_maximum":false,"pattern":"","choices":[],"item":null,"when":{},"port":"","language":""}],"dependencies":[],"tags":[]}',1.79580703398700451851e+09);
CREATE TABLE steps (
	run TEXT NOT NULL, 
	node TEXT NOT NULL, 
	"plan" TEXT NOT NULL, 
	status TEXT NOT NULL, 
	target TEXT NOT NULL, 
	attempt TEXT NOT NULL, 
	attempts INTEGER NOT NULL, 
	restarts INTEGER NOT NULL, 
	stopping BOOLEAN NOT NULL, 
	ready_at DOUBLE NOT NULL, 
	started DOUBLE, 
	ended DOUBLE, 
	error TEXT, 
	why TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	reused_from TEXT NOT NULL, 
	seen TEXT NOT NULL, 
	CONSTRAINT steps_key PRIMARY KEY (run, node), 
	CONSTRAINT steps_status CHECK (status IN ('waiting', 'queued', 'preparing', 'running', 'finalizing', 'completed', 'reused', 'failed', 'canceled', 'skipped')), 
	CONSTRAINT steps_run_exists FOREIGN KEY(run) REFERENCES runs (id) ON DELETE CASCADE
);
INSERT INTO "steps" VALUES('run_01m8f71dn6a0957es791','n0','{"position":0,"name":"Number","module":"number@1","source":"sha256:51f5aa69b7b13b660140c2e2f0c029ba14d51a345e9b63a2e9090a13e4205067","outputs":[["result","metrics"]],"parameters":{"number":0,"seed":0}}','completed','local','att_01m8f71dpm34wc204aj9',1,0,0,0.0,1.79580703308989405629e+09,1.79580703324924349784e+09,NULL,'','f31f4c5f9af5495b65864cc9401d54259965f0bbe5f5c57422444e6f8041cdc8','','{"log_bytes":{"stdout":9,"stderr":0},"peak_memory":16842752}');
INSERT INTO "steps" VALUES('run_01m8f71dn6a0957es791','n1','{"position":1,"name":"Add","module":"add@1","source":"sha256:37d108956c4932de9f654951ac2a887285cf671789653e2b5021513e45c40c66","inputs":{"value":["n0","result"]},"outputs":[["result","metrics"]],"parameters":{"amount":1.0},"before":["n0"]}','completed','local','att_01m8f71dx17jveeyzv68',1,0,0,0.0,1.79580703331299614908e+09,1795807033.63373,NULL,'','864a44378d7f34e61b0ca3cf694b052dbe2b66d35f07894ad2a46e1159ed4b70','','{"log_bytes":{"stdout":0,"stderr":0},"peak_memory":16904192}');
INSERT INTO "steps" VALUES('run_01m8f71dn6a0957es791','n2','{"position":2,"name":"Add","module":"add@1","source":"sha256:37d108956c4932de9f654951ac2a887285cf671789653e2b5021513e45c40c66","inputs":{"value":["n1","result"]},"outputs":[["result","metrics"]],"parameters":{"amount":1.0},"before":["n1"]}','completed','local','att_01m8f71e948hbt78d4td',1,0,0,0.0,1.79580703367263126374e+09,1.79580703395845222474e+09,NULL,'','ce758aebab8e1a10584be83712c730c5999276087e003417ca31834cee16a5fb','','{"log_bytes":{"stdout":0,"stderr":0},"peak_memory":16650240}');
INSERT INTO "steps" VALUES('run_01m8f71em30r87286dkn','n','{"position":0,"name":"Number","module":"number@1","source":"sha256:51f5aa69b7b13b660140c2e2f0c029ba14d51a345e9b63a2e9090a13e4205067","outputs":[["result","metrics"]],"parameters":{"number":1,"seed":0}}','completed','local','att_01m8f71emaanzysmwapk',1,0,0,0.0,1.79580703402645587918e+09,1.79580703427757668502e+09,NULL,'','5b9a6963809473a80075814c79aaec0d2ca718b629fc7540d181377366c7c121','','{"log_bytes":{"stdout":9,"stderr":0},"peak_memory":16773120}');
INSERT INTO "steps" VALUES('run_01m8f71em30r87286dkn','f','{"position":1,"name":"Fail","module":"fail@1","source":"sha256:264da34887a6e38278abf9b0a1667b7a7913c68e63c24a800d34ae1a4a611d4c","outputs":[["result","metrics"]],"parameters":{"tries":1000000,"note":""},"before":["n"]}','failed','local','att_01m8f71ex66jhz0bgdj1',1,0,0,0.0,1.79580703430730056766e+09,1.79580703456215548521e+09,'{"kind":"ModuleError","message":"The number is not there.","cure":"Give it one.","number":3,"where":"module.py, line 19, in run","traceback":"Traceback (most recent call last):\n  File \"/home/someone/.designer/home/attempts/att_01m8f71ex66jhz0bgdj1/module.py\", line 19, in run\n    raise ModuleError(3, \"The number is not there.\", \"Give it one.\")\ndesigner.module.errors.ModuleError: Error 0003: The number is not there. Give it one.\n"}','','6f35b494dc2a8d9276462ab6ce9ef455157235f2dafcbdf811a5b8ca115da8a6','','{"log_bytes":{"stdout":0,"stderr":282},"peak_memory":13107200}');
INSERT INTO "steps" VALUES('run_01m8f71em30r87286dkn','last','{"position":2,"name":"Add","module":"add@1","source":"sha256:37d108956c4932de9f654951ac2a887285cf671789653e2b5021513e45c40c66","inputs":{"value":["f","result"]},"outputs":[["result","metrics"]],"parameters":{"amount":1.0},"before":["f"]}','skipped','local','',0,0,0,0.0,NULL,1.79580703456215548521e+09,NULL,'"Fail" failed.','','','{}');
CREATE INDEX pipelines_by_updated_id ON pipelines (updated, id);
CREATE INDEX runs_by_pipeline_id ON runs (pipeline, id);
CREATE INDEX runs_unfinished ON runs (status) WHERE status IN ('canceling', 'queued', 'running');
CREATE INDEX runs_by_experiment_id ON runs (experiment, id);
CREATE INDEX datasets_by_updated_id ON datasets (updated, id);
CREATE INDEX jobs_by_kind_subject ON jobs (kind, subject);
CREATE INDEX jobs_unfinished ON jobs (status) WHERE status IN ('queued', 'running');
CREATE INDEX pipeline_datasets_by_dataset ON pipeline_datasets (dataset);
CREATE INDEX steps_busy ON steps (target, status) WHERE status IN ('finalizing', 'preparing', 'queued', 'running');
CREATE INDEX steps_by_key ON steps ("key");
CREATE INDEX dataset_versions_by_digest ON dataset_versions (digest);
CREATE INDEX attempts_by_run_node ON attempts (run, node);
CREATE INDEX outputs_by_digest ON outputs (digest);
COMMIT;
