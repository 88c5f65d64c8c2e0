/**
 * Words that most leaked passwords are made of, English and Italian, and the ones that everybody
 * would try on such a product. A password is not refused for holding one of them, but for holding
 * little else: with digits, years, rows of keys and look-alike letters taken out as well
 * (password-quality.ts), a thousand or so words stand for the common passwords of twelve letters and
 * more. Longest first, so that a word inside another does not break it up.
 */
const text = `
password passwort passw0rd passord passe parola parolachiave chiave segreta segreto segretissimo secret topsecret
administrator administrador amministratore admin amministrazione root superuser superadmin sysadmin system sistema
user username utente guest ospite operator operatore supervisor viewer manager service servizio support assistenza
login logon signin signon accesso access enter entra welcome benvenuto benvenuta welcome changeme change cambiami
default temporary temp test testing tester prova demo example esempio sample letmein openup open sesame apriti
plancia gateway dashboard machine macchina machines factory fabbrica impianto plant press pressa furnace forno
filling line linea milling fresa milling robot automation automazione industrial industria scada modbus opcua mqtt
siemens simatic schneider rockwell allenbradley beckhoff wago omron mitsubishi fanuc kuka abb bosch rexroth honeywell
server network internet router switch firewall computer laptop windows microsoft linux ubuntu debian oracle cisco
google facebook instagram twitter youtube linkedin amazon apple iphone samsung android nokia sony playstation xbox
nintendo pokemon minecraft fortnite roblox starwars startrek matrix avatar batman superman spiderman ironman hulk
naruto goku dragonball sephiroth zelda mario luigi sonic pikachu gandalf frodo hobbit legolas tolkien harrypotter
iloveyou loveyou ilove loveme lovely love lover loves forever always together sweetheart sweety sweet honey darling
babygirl babyboy baby angel angels princess prince queen king kingdom prettygirl pretty beautiful gorgeous cutie
sunshine sunflower flower flowers rainbow butterfly summer winter spring autumn holiday vacation christmas natale
monday tuesday wednesday thursday friday saturday sunday january february march april june july august september
october november december lunedi martedi mercoledi giovedi venerdi sabato domenica gennaio febbraio marzo aprile
maggio giugno luglio agosto settembre ottobre novembre dicembre estate inverno primavera autunno
football soccer baseball basketball hockey tennis golf rugby volleyball calcio pallone liverpool chelsea arsenal
manchester barcelona realmadrid juventus forza inter internazionale
milan napoli roma lazio fiorentina torino genoa sampdoria atalanta bologna palermo cagliari verona ferrari lamborghini
maserati alfaromeo fiat ducati vespa yamaha honda suzuki kawasaki porsche mercedes bmw audi volkswagen toyota mustang
corvette camaro harley davidson formula valentino rossi totti delpiero maradona baggio ronaldo messi
monkey dragon tiger lion eagle falcon hawk panther wolf bear shark dolphin horse pony puppy kitten kitty cat dog
rabbit bunny turtle spider snake cobra phoenix unicorn mouse chicken banana orange apple cherry strawberry peanut
pepper ginger cookie chocolate cheese coffee pizza pasta spaghetti lasagna mozzarella nutella caffe vino birra
master mastermind shadow ninja samurai warrior soldier killer hunter sniper ranger pirate captain commander general
knight wizard magic magician mystery legend hero champion winner victory freedom liberty peace justice destiny
fire flame thunder lightning storm hurricane tornado ocean water earth wind moon star stars starlight galaxy universe
planet world sun snow ice diamond gold golden silver platinum crystal emerald sapphire metal steel iron titanium
black white blue green yellow purple pink red brown silver rosso rossa bianco bianca nero nera azzurro azzurra verde
giallo arancione viola
michael jennifer jessica jordan michelle daniel andrew anthony ashley matthew joshua robert thomas charlie george
william james john david richard joseph charles christopher brian kevin steven edward ronald timothy jason jeffrey
ryan jacob gary nicholas eric stephen jonathan larry justin scott brandon benjamin samuel patrick alexander jack
dennis jerry tyler aaron jose adam nathan henry zachary peter maria susan sarah karen nancy lisa betty margaret
sandra amanda melissa stephanie rebecca laura cynthia kathleen amy angela shirley anna brenda pamela emma nicole
helen samantha katherine christine rachel carolyn janet catherine heather diane olivia julie joyce victoria kelly
christina joan evelyn lauren judith megan andrea cheryl hannah jacqueline martha gloria teresa
giuseppe giovanni antonio mario luigi francesco angelo vincenzo pietro salvatore carlo franco domenico bruno paolo
michele giorgio aldo sergio luciano marco luca matteo andrea alessandro alessandra lorenzo leonardo gabriele riccardo
davide federico federica simone stefano stefania roberto roberta daniele daniela fabio massimo massimiliano claudio
claudia enrico nicola filippo tommaso giacomo edoardo diego emanuele cristian cristiano mattia alessio alessia
valentina chiara sara martina giulia sofia aurora alice ginevra giorgia beatrice elena elisa ilaria silvia paola
francesca giovanna rosa rosaria carmela caterina lucia barbara patrizia monica cristina simona sabrina manuela
serena veronica eleonora camilla gaia arianna noemi asia rebecca vittoria
ciao ciaociao ciaobella ciaobello ciaomamma amore amoremio tiamo teamo tivogliobene cuore cuoremio bella bello
bellissima bellissimo stella stellina stelle angioletto principessa principe tesoro tesoromio piccola piccolo gioia
felice felicita fortuna buongiorno buonasera buonanotte arrivederci grazie prego mamma papa nonno nonna fratello
sorella famiglia bambino bambina amico amica amici casa casamia cane gatto gattino cavallo topolino paperino
paperina pippo pluto minnie cenerentola biancaneve pinocchio minni sole luna mare montagna terra cielo vita vitamia
morte diavolo inferno paradiso dio gesu madonna santo santa
italia italiano italiana roma milano napoli torino palermo genova bologna firenze bari catania venezia verona messina
padova trieste brescia parma modena reggio perugia livorno ravenna cagliari foggia rimini salerno ferrara sassari
siracusa pescara bergamo vicenza trento bolzano novara piacenza ancona arezzo udine lecce
london paris berlin madrid newyork chicago boston dallas houston texas california florida america american england
english britain france french germany german spain spanish russia china japan canada mexico brasil brazil australia
jesus christ jesuschrist god godbless bless blessed heaven hell devil satan angelo faith hope grace trinity lord
money cash dollar euro bank banca business company azienda ufficio office boss work lavoro job school scuola student
studente teacher professor doctor dottore nurse engineer ingegnere hacker hacked cracker anonymous
trustno trustnoone nothing whatever something anything everything someone nobody unknown hello helloworld hellothere
hellokitty goodbye goodluck goodmorning goodnight thankyou please sorry yes nono okay cool awesome amazing fantastic
super hyper mega ultra turbo power powerful energy extreme maximum maximus supreme premium special number one first
second third uno due tre quattro cinque sei sette otto nove dieci cento mille zero two three four five six seven
eight nine ten hundred thousand million
music musica rock metal metallica nirvana slipknot linkinpark greenday beatles queen elvis eminem guitar chitarra
piano drummer dance dancer disco party movie cinema gamer gaming games game player poker casino lucky jackpot
bitch fuck fucker fuckyou fuckoff shit asshole bastard sexy sex porn pussy dick cock boobs nude naked hardcore
cazzo cazzi vaffanculo merda stronzo stronza puttana troia bastardo culo figa coglione minchia porco porcodio
computer1 security secure sicurezza sicuro protect protected safety private privato confidential riservato
correcthorsebatterystaple correct battery staple horse abracadabra opensesame supercalifragilistic
spaceship rocket apollo discovery endeavour explorer navigator cruiser voyager enterprise millennium falcon
hammer bullet gunner pistol trigger shooter blaster crusher breaker smasher destroyer terminator predator
buster rusty lucky buddy rocky max bailey charlie molly maggie daisy sophie sadie chloe lucy bella coco ginger
`;

export const commonWords: readonly string[] = [...new Set(text.split(/\s+/).filter((word) => word.length >= 3))].sort(
  (a, b) => b.length - a.length || (a < b ? -1 : 1),
);
