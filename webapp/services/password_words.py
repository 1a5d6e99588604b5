"""Words that Brazilians build passwords from, which an estimator made for English does not know.

Written for this project from what everybody here knows: words of access and of a provider's trade, teams, names, faith,
love, places, time, animals, food. What is most likely stands first: the place in the list is the number of guesses that
a word is worth. Without accents and capitals, as passwords are compared.
"""

ACCESS = """
senha mudar mudar123 senha123 admin admin123 trocar trocar123 acesso entrar teste teste123 minhasenha novasenha
senhanova senhaforte senhasegura senhaboa senhas segredo secreta secreto liberar libera aberto usuario user padrao
default mestre master root administrador administracao gerente gerencia chefe dono diretor diretoria login conta chave
cadastro provisoria temporaria qwerty asdfgh zxcvbn abracadabra qweasd asdqwe xpto xxxx bemvindo bemvinda ola oi tchau
deixaeuentrar naosei esqueci seila qualquer qualquercoisa nenhuma semsenha umdoistres um dois tres quatro cinco seis
sete oito nove dez zero nova novo forte segura seguro minha meu meus minhas nossa nosso esta essa este isso para com
sem por que uma uns dos das bem mais muito sempre nunca
"""
TRADE = """
provedor internet fibra rede redes wifi suporte telecom net netweb web online conecta conexao conectado banda larga
bandalarga velocidade fibraotica turbo ultra giga mega link links speed fast rapido rapida digital sistema sistemas
servidor roteador mikrotik radius pppoe hubsoft ixc sgp erp painel streaming televisao tv canal canais filme filmes
cliente clientes assinante assinantes financeiro cobranca boleto fatura faturas vendas comercial atendente atendimento
tecnico instalacao operador noc empresa loja escritorio matriz filial setor equipe time sintonia watch globoplay
paramount premiere
"""
TEAMS = """
flamengo corinthians palmeiras vasco saopaulo santos gremio cruzeiro internacional inter atletico galo botafogo
fluminense bahia vitoria sport fortaleza ceara goias coritiba athletico parana chapecoense timao mengao mengo verdao
tricolor fluzao vascao colorado nautico remo paysandu avai figueirense juventude pontepreta guarani bragantino futebol
gol campeao campea hexa penta selecao neymar pele senna ronaldo ronaldinho zico romario kaka messi marta vini torcida
bola craque nacao fiel raposa
"""
LOVE = """
teamo amor euteamo vida minhavida amorzinho princesa principe gatinha gatinho bebe nenem mozao coracao paixao saudade
familia minhafamilia filho filha filhos filhas mae pai mamae papai vovo vovozinha avo avos irmao irmaos irma irmas tia
tio neto neta amigo amiga amigos amigas casal esposa esposo marido mulher namorada namorado felicidade feliz alegria
sonho sonhos estrela estrelinha lindo linda lindinha gostoso gostosa carinho beijo beijos sorriso flor rosa anjo
anjinho menina menino moreno morena loira
"""
FAITH = """
deus jesus jesuscristo cristo deusefiel deuseamor jesusteama euamojesus senhor fe amem gloria aleluia bencao
bencaodedeus graca esperanca paz milagre salmo salmos salmo91 salmo23 osenhoremeupastor nossasenhora aparecida
saojorge santo santa padre pastor igreja biblia oracao vitoriosa vitorioso guerreiro guerreira abencoado abencoada
gratidao obrigado obrigada jeova israel siao emanuel rafael gabriel miguel
"""
NAMES = """
maria jose ana joao antonio francisco carlos paulo pedro lucas luiz luis marcos gabriel rafael daniel marcelo bruno
eduardo felipe raimundo rodrigo manoel manuel mateus matheus andre fernando fabio leonardo gustavo guilherme leandro
tiago thiago anderson ricardo marcio jorge sebastiao alexandre roberto edson diego vitor victor sergio claudio adriano
mauricio davi arthur artur heitor bernardo samuel enzo nicolas henrique murilo caio renato vinicius wesley igor
douglas alex junior julio cesar mario hugo ivan otavio breno kaua ryan juliana francisca antonia adriana marcia
fernanda patricia aline sandra camila amanda bruna jessica leticia julia luciana vanessa mariana gabriela vera larissa
claudia beatriz rita luana sonia renata eliane simone josefa debora daniela carla tatiana isabela isabella sofia alice
laura helena valentina manuela luiza luisa heloisa lorena livia giovanna yasmin bianca raquel priscila monica cristina
cristiane regina teresa terezinha rosangela fatima viviane natalia carolina rebeca silva santos oliveira souza sousa
rodrigues ferreira alves pereira lima gomes costa ribeiro martins carvalho almeida lopes soares fernandes vieira
barbosa rocha dias nascimento andrade moreira nunes marques machado mendes freitas cardoso ramos goncalves santana
teixeira araujo moura correia cunha pinto
"""
PLACES = """
brasil brasileiro brasileira riodejaneiro rio sampa bahia salvador recife fortaleza manaus belem curitiba portoalegre
brasilia belohorizonte beaga minas minasgerais goiania goias cuiaba matogrosso campogrande florianopolis vitoria natal
maceio aracaju joaopessoa teresina saoluis maranhao piaui palmas tocantins macapa amapa boavista roraima rondonia acre
amazonas para pernambuco paraiba ceara sergipe alagoas parana santacatarina campinas sorocaba santos uberlandia
londrina maringa joinville blumenau niteroi nordeste sertao copacabana ipanema interior cidade centro bairro rua
avenida casa minhacasa praia mar sol lua ceu terra mundo america portugal
"""
TIME = """
janeiro fevereiro marco abril maio junho julho agosto setembro outubro novembro dezembro domingo segunda terca quarta
quinta sexta sabado segundafeira sextafeira verao inverno outono primavera natal anonovo carnaval pascoa saojoao hoje
amanha ontem dia noite manha tarde semana mes ano feriado ferias aniversario sextou
"""
THINGS = """
cachorro gato gata papagaio cavalo passarinho peixe tartaruga leao tigre onca lobo aguia coruja borboleta tubarao
macaco capivara rex thor bob mel nina luna meg belinha toto bolinha chocolate cafe cerveja churrasco feijao feijoada
arroz pizza acai coxinha brigadeiro pipoca sorvete banana abacaxi morango melancia manga laranja limao uva pao queijo
leite doce bolo farofa picanha caipirinha cachaca guarana pitu azul verde amarelo vermelho preto branco rosa roxo
laranja cinza dourado moto carro fusca gol palio uno corsa civic corolla hilux honda yamaha caminhao violao musica
samba forro sertanejo pagode funk rock rebelde malhacao turma monica cebolinha pokemon naruto goku batman superman
vingador minecraft freefire roblox fortnite playstation xbox computador notebook celular telefone dinheiro rico milhao
milionario trabalho escola faculdade professor professora medico advogado policia bombeiro engenheiro
"""

WORDS: tuple[str, ...] = tuple(
    dict.fromkeys(" ".join((ACCESS, TRADE, TEAMS, LOVE, FAITH, NAMES, PLACES, TIME, THINGS)).split())
)
